package io.godwit.worker;

import io.godwit.protocol.Control;
import io.godwit.protocol.JobCodec;
import io.godwit.protocol.JobOrder;
import io.godwit.protocol.MalformedMessageException;
import io.godwit.protocol.WorkerReport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The worker's ear: the worker protocol on a unix socket. Each request is answered on a virtual thread of its own.
final class WorkerSocket implements AutoCloseable {
    private static final int LARGEST_ORDER = 512 << 20; // a delta may name a million extents
    private static final Duration LONGEST_POLL = Duration.ofMinutes(1);

    /// What can be asked of a worker.
    interface Talk {
        /// Returns false where the worker has another job already.
        boolean take(JobOrder order);

        /// Empty while there is no job.
        Optional<RunningJob> job();

        /// Somebody asked.
        void heard();
    }

    private final MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("worker-socket", true),
            NioIoHandler.newFactory());
    private final Channel listening;

    private WorkerSocket(Path socket, Talk talk) throws IOException {
        Files.deleteIfExists(socket);
        var binding = new ServerBootstrap()
                .group(loop)
                .channel(NioServerDomainSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new HttpServerCodec(), new HttpContentDecompressor(0), new HttpObjectAggregator(LARGEST_ORDER),
                                        new Request(talk));
                    }
                })
                .bind(UnixDomainSocketAddress.of(socket))
                .awaitUninterruptibly();
        if (!binding.isSuccess()) {
            throw new IOException("cannot listen on " + socket + ": " + binding.cause(), binding.cause());
        }
        listening = binding.channel();
    }

    static WorkerSocket listen(Path socket, Talk talk) throws IOException {
        return new WorkerSocket(socket, talk);
    }

    @Override
    public void close() {
        listening.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    private record Answer(HttpResponseStatus status, String body) {}

    private static final class Request extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final Talk talk;

        Request(Talk talk) {
            this.talk = talk;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            talk.heard();
            var method = request.method();
            var uri = new QueryStringDecoder(request.uri());
            var body = ByteBufUtil.getBytes(request.content());
            var malformed = request.decoderResult().isFailure();
            Thread.ofVirtual().name("request").start(() -> {
                var answer = malformed ? new Answer(HttpResponseStatus.BAD_REQUEST, "malformed request") : answer(method, uri, body);
                var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
                var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(), Unpooled.wrappedBuffer(bytes));
                response.headers()
                        .set(HttpHeaderNames.CONTENT_LENGTH, bytes.length)
                        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
                        .set(HttpHeaderNames.CONTENT_TYPE,
                                answer.body().startsWith("{") ? "application/json" : "text/plain; charset=utf-8");
                context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
            });
        }

        private Answer answer(HttpMethod method, QueryStringDecoder uri, byte[] body) {
            try {
                return switch (method + " " + uri.path()) {
                    case "PUT /job" -> talk.take(JobCodec.read(body, JobOrder.class, "the order"))
                            ? new Answer(HttpResponseStatus.NO_CONTENT, "")
                            : new Answer(HttpResponseStatus.CONFLICT, "this worker has another job");
                    case "GET /status" -> status(uri);
                    case "POST /control" -> control(JobCodec.read(body, Control.class, "the control"));
                    default -> new Answer(HttpResponseStatus.NOT_FOUND, "no " + method + " " + uri.path());
                };
            } catch (MalformedMessageException | NumberFormatException e) {
                return new Answer(HttpResponseStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Answer(HttpResponseStatus.SERVICE_UNAVAILABLE, "the worker ends");
            }
        }

        private Answer status(QueryStringDecoder uri) throws InterruptedException {
            var job = talk.job();
            if (job.isEmpty()) {
                return new Answer(HttpResponseStatus.NOT_FOUND, "this worker has no job yet");
            }
            var wait = Duration.ofSeconds(number(uri, "wait"));
            WorkerReport report = job.get().report(number(uri, "after"), wait.compareTo(LONGEST_POLL) > 0 ? LONGEST_POLL : wait);
            return new Answer(HttpResponseStatus.OK, new String(JobCodec.write(report), StandardCharsets.UTF_8));
        }

        private Answer control(Control control) {
            var job = talk.job();
            if (job.isEmpty()) {
                return new Answer(HttpResponseStatus.NOT_FOUND, "this worker has no job yet");
            }
            return job.get().control(control)
                    ? new Answer(HttpResponseStatus.NO_CONTENT, "")
                    : new Answer(HttpResponseStatus.NOT_IMPLEMENTED, "this job cannot do that");
        }

        private static long number(QueryStringDecoder uri, String name) {
            var values = uri.parameters().get(name);
            return values == null ? 0 : Long.parseLong(values.getFirst());
        }

        @Override
        @SuppressWarnings("deprecation") // in the adapter's super type only
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            System.getLogger(WorkerSocket.class.getName()).log(System.Logger.Level.DEBUG, "a request broke off", cause);
            var _ = context.close();
        }
    }
}
