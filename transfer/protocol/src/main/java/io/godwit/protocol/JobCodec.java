package io.godwit.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.HttpAccess;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.SideTask;
import io.godwit.model.disk.SshAccess;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.TlsTrust;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.migration.VmMigrationId;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// JSON of everything that crosses between control plane and worker. Type ids and field names are stored: they are only ever added to.
/// Unknown fields are skipped (an older worker may be adopted by a newer server), missing ones are refused.
public final class JobCodec {
    private static final JsonMapper JSON = JsonMapper
            .builder()
            .addMixIn(ExportSpec.class, ExportSpecTypes.class)
            .addMixIn(ExportSpec.VmdkExtent.class, VmdkExtentTypes.class)
            .addMixIn(HttpAccess.class, HttpAccessTypes.class)
            .addMixIn(SshAccess.class, SshAccessTypes.class)
            .addMixIn(TlsTrust.class, TlsTrustTypes.class)
            .addMixIn(TargetSpec.class, TargetSpecTypes.class)
            .addMixIn(CopyScope.class, CopyScopeTypes.class)
            .addMixIn(SideTask.class, SideTaskTypes.class)
            .addMixIn(WorkerJob.class, WorkerJobTypes.class)
            .addMixIn(JobResult.class, JobResultTypes.class)
            .addMixIn(JobStatus.class, JobStatusTypes.class)
            .addMixIn(Control.class, ControlTypes.class)
            .addMixIn(JobName.class, OneText.class)
            .addMixIn(VmMigrationId.class, OneText.class)
            .build();

    /// The parts of a record that can be missing: numbers cannot.
    private static final ClassValue<List<RecordComponent>> OBJECTS = new ClassValue<>() {
        @Override
        protected List<RecordComponent> computeValue(Class<?> type) {
            return Arrays.stream(type.getRecordComponents()).filter(part -> !part.getType().isPrimitive()).toList();
        }
    };

    private JobCodec() {}

    public static byte[] write(Object value) {
        return JSON.writeValueAsBytes(value);
    }

    /// Reads a message of that type, complete in every field that may not be null.
    ///
    /// @param what names the message in an error
    public static <T> T read(byte[] json, Class<T> type, String what) throws MalformedMessageException {
        T value;
        try {
            value = JSON.readValue(json, type);
        } catch (JacksonException | IllegalArgumentException e) {
            throw new MalformedMessageException(what + " is no " + type.getSimpleName() + ": " + e.getMessage(), e);
        }
        if (value == null) {
            throw new MalformedMessageException(what + " is empty");
        }
        requireComplete(value, what);
        return value;
    }

    private static void requireComplete(@Nullable Object value, String where) throws MalformedMessageException {
        switch (value) {
            case null -> throw new MalformedMessageException(where + " is missing");
            case Record parts -> {
                for (var component : OBJECTS.get(parts.getClass())) {
                    var part = partOf(parts, component);
                    if (part != null || !mayBeNull(component.getAnnotatedType())) {
                        requireComplete(part, where + "." + component.getName());
                    }
                }
            }
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    var each = list.get(i);
                    if (!(each instanceof Record) || !OBJECTS.get(each.getClass()).isEmpty()) { // not each of a million extents
                        requireComplete(each, where + "[" + i + "]");
                    }
                }
            }
            case Map<?, ?> map -> {
                for (var entry : map.entrySet()) {
                    requireComplete(entry.getValue(), where + "." + entry.getKey());
                }
            }
            default -> {
            } // a text, a number, ...
        }
    }

    private static boolean mayBeNull(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class);
    }

    private static @Nullable Object partOf(Record value, RecordComponent component) {
        try {
            var accessor = component.getAccessor();
            accessor.setAccessible(true); // records may be private to their module
            return accessor.invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(value.getClass() + " cannot be looked into", e);
        }
    }

    // @formatter:off
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
            @JsonSubTypes.Type(value = ExportSpec.File.class, name = "file"),
            @JsonSubTypes.Type(value = ExportSpec.Range.class, name = "range"),
            @JsonSubTypes.Type(value = ExportSpec.Format.class, name = "format"),
            @JsonSubTypes.Type(value = ExportSpec.VmdkExtents.class, name = "vmdkExtents"),
            @JsonSubTypes.Type(value = ExportSpec.Unpacked.class, name = "unpacked"),
            @JsonSubTypes.Type(value = ExportSpec.Overlay.class, name = "overlay"),
            @JsonSubTypes.Type(value = ExportSpec.Nbd.class, name = "nbd"),
            @JsonSubTypes.Type(value = ExportSpec.Http.class, name = "http"),
            @JsonSubTypes.Type(value = ExportSpec.Ssh.class, name = "ssh"),
            @JsonSubTypes.Type(value = ExportSpec.Vddk.class, name = "vddk"),
            @JsonSubTypes.Type(value = ExportSpec.Nbdkit.class, name = "nbdkit")})
    private interface ExportSpecTypes {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
            @JsonSubTypes.Type(value = ExportSpec.VmdkExtent.Flat.class, name = "flat"),
            @JsonSubTypes.Type(value = ExportSpec.VmdkExtent.Sparse.class, name = "sparse"),
            @JsonSubTypes.Type(value = ExportSpec.VmdkExtent.Zero.class, name = "zero")})
    private interface VmdkExtentTypes {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
            @JsonSubTypes.Type(value = HttpAccess.Anyone.class, name = "anyone"),
            @JsonSubTypes.Type(value = HttpAccess.Basic.class, name = "basic"),
            @JsonSubTypes.Type(value = HttpAccess.Cookie.class, name = "cookie"),
            @JsonSubTypes.Type(value = HttpAccess.Headers.class, name = "headers"),
            @JsonSubTypes.Type(value = HttpAccess.BasicLogin.class, name = "basicLogin"),
            @JsonSubTypes.Type(value = HttpAccess.PostedLogin.class, name = "postedLogin")})
    private interface HttpAccessTypes {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
            @JsonSubTypes.Type(value = SshAccess.Password.class, name = "password"),
            @JsonSubTypes.Type(value = SshAccess.Key.class, name = "key"),
            @JsonSubTypes.Type(value = SshAccess.OwnKeys.class, name = "ownKeys")})
    private interface SshAccessTypes {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
            @JsonSubTypes.Type(value = TlsTrust.Machine.class, name = "machine"),
            @JsonSubTypes.Type(value = TlsTrust.Certificates.class, name = "certificates"),
            @JsonSubTypes.Type(value = TlsTrust.Unverified.class, name = "unverified")})
    private interface TlsTrustTypes {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
            @JsonSubTypes.Type(value = TargetSpec.RawFile.class, name = "rawFile"),
            @JsonSubTypes.Type(value = TargetSpec.Qcow2File.class, name = "qcow2File"),
            @JsonSubTypes.Type(value = TargetSpec.BlockDevice.class, name = "blockDevice"),
            @JsonSubTypes.Type(value = TargetSpec.Nbd.class, name = "nbd")})
    private interface TargetSpecTypes {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
            @JsonSubTypes.Type(value = CopyScope.Everything.class, name = "everything"),
            @JsonSubTypes.Type(value = CopyScope.Differences.class, name = "differences"),
            @JsonSubTypes.Type(value = CopyScope.TopLayer.class, name = "topLayer"),
            @JsonSubTypes.Type(value = CopyScope.ChangedExtents.class, name = "changedExtents")})
    private interface CopyScopeTypes {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes(@JsonSubTypes.Type(value = SideTask.CheckDigests.class, name = "checkDigests"))
    private interface SideTaskTypes {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
            @JsonSubTypes.Type(value = WorkerJob.Inspect.class, name = "inspect"),
            @JsonSubTypes.Type(value = WorkerJob.Convert.class, name = "convert"),
            @JsonSubTypes.Type(value = WorkerJob.Copy.class, name = "copy"),
            @JsonSubTypes.Type(value = WorkerJob.Commit.class, name = "commit"),
            @JsonSubTypes.Type(value = WorkerJob.CheckBoot.class, name = "checkBoot")})
    private interface WorkerJobTypes {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
            @JsonSubTypes.Type(value = JobResult.Inspected.class, name = "inspected"),
            @JsonSubTypes.Type(value = JobResult.Converted.class, name = "converted"),
            @JsonSubTypes.Type(value = JobResult.Copied.class, name = "copied"),
            @JsonSubTypes.Type(value = JobResult.Committed.class, name = "committed"),
            @JsonSubTypes.Type(value = JobResult.BootChecked.class, name = "bootChecked")})
    private interface JobResultTypes {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
            @JsonSubTypes.Type(value = JobStatus.Running.class, name = "running"),
            @JsonSubTypes.Type(value = JobStatus.Done.class, name = "done"),
            @JsonSubTypes.Type(value = JobStatus.Broken.class, name = "broken")})
    private interface JobStatusTypes {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
            @JsonSubTypes.Type(value = Control.Cancel.class, name = "cancel"),
            @JsonSubTypes.Type(value = Control.Secrets.class, name = "secrets"),
            @JsonSubTypes.Type(value = Control.Limits.class, name = "limits")})
    private interface ControlTypes {}
    // @formatter:on

    /// A record around one text is that text.
    private abstract static class OneText {
        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        @SuppressWarnings("unused")
        OneText(String value) {}

        @JsonValue
        abstract String value();
    }
}
