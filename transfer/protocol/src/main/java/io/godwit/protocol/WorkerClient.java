package io.godwit.protocol;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.GZIPOutputStream;

/// Dials workers: one connection per call, one thread for all. Every call ends by its deadline; an [IOException] says nothing about
/// whether the worker is alive, and a call that changes something may have been heard.
public final class WorkerClient implements AutoCloseable {
    private static final int LARGEST_ANSWER = 64 << 20;
    private static final int COMPRESS_FROM = 16 << 10;

    private final MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("worker-client", true),
            NioIoHandler.newFactory());
    private final Duration patience;

    /// A client that gives a worker that long to answer, beyond the time that a long poll asks for.
    public WorkerClient(Duration patience) {
        this.patience = patience;
    }

    /// Gives the worker its order; harmless when it has the same one already.
    public void put(Path socket, JobOrder order) throws IOException {
        var body = JobCodec.write(order);
        var compress = body.length >= COMPRESS_FROM;
        call(socket, HttpMethod.PUT, "/job", compress ? gzip(body) : body, compress, Duration.ZERO);
    }

    /// Returns the report as soon as its version is above the given one, and what there is when the wait is over.
    public WorkerReport status(Path socket, long afterVersion, Duration wait) throws IOException {
        var path = "/status?after=" + afterVersion + "&wait=" + wait.toSeconds();
        return JobCodec.read(call(socket, HttpMethod.GET, path, new byte[0], false, wait), WorkerReport.class, "the answer of " + socket);
    }

    /// Tells the running worker something.
    public void control(Path socket, Control control) throws IOException {
        call(socket, HttpMethod.POST, "/control", JobCodec.write(control), false, Duration.ZERO);
    }

    private byte[] call(Path socket, HttpMethod method, String path, byte[] body, boolean compressed, Duration wait) throws IOException {
        var what = method + " " + path + " to " + socket;
        var answer = new CompletableFuture<Answer>();
        var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, path, Unpooled.wrappedBuffer(body));
        request.headers()
                .set(HttpHeaderNames.HOST, "worker")
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
                .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        if (compressed) {
            request.headers().set(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.GZIP);
        }
        var connecting = new Bootstrap()
                .group(loop)
                .channel(NioDomainSocketChannel.class)
                .handler(new Conversation(answer))
                .connect(UnixDomainSocketAddress.of(socket));
        connecting.addListener((ChannelFutureListener) connected -> {
            if (connected.isSuccess()) {
                connected.channel().writeAndFlush(request).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            } else {
                request.release();
                answer.completeExceptionally(connected.cause());
            }
        });
        try {
            var got = answer.get(patience.plus(wait).toMillis(), TimeUnit.MILLISECONDS);
            if (got.status() / 100 != 2) {
                throw new WorkerRefusedException(what, got.status(), new String(got.body(), StandardCharsets.UTF_8));
            }
            return got.body();
        } catch (TimeoutException e) {
            throw new IOException(what + ": no answer within " + patience.plus(wait), e);
        } catch (ExecutionException e) {
            throw new IOException(what + ": " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(what + ": interrupted", e);
        } finally {
            var _ = connecting.channel().close();
        }
    }

    private static byte[] gzip(byte[] body) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(bytes)) {
            zip.write(body);
        }
        return bytes.toByteArray();
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Answer(int status, byte[] body) {}

    /// One request and its answer.
    private static final class Conversation extends ChannelInitializer<Channel> {
        private final CompletableFuture<Answer> answer;

        Conversation(CompletableFuture<Answer> answer) {
            this.answer = answer;
        }

        @Override
        protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new HttpClientCodec(), new HttpObjectAggregator(LARGEST_ANSWER),
                    new SimpleChannelInboundHandler<FullHttpResponse>() {
                        @Override
                        protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
                            if (response.decoderResult().isFailure()) {
                                answer.completeExceptionally(response.decoderResult().cause());
                            } else {
                                answer.complete(new Answer(response.status().code(), ByteBufUtil.getBytes(response.content())));
                            }
                            var _ = context.close();
                        }

                        @Override
                        public void channelInactive(ChannelHandlerContext context) {
                            answer.completeExceptionally(new IOException("the worker hung up"));
                        }

                        @Override
                        @SuppressWarnings("deprecation") // in the adapter's super type only
                        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                            answer.completeExceptionally(cause);
                            var _ = context.close();
                        }
                    });
        }
    }
}
