package io.godwit.model.disk;

/// Names a worker job, the same on every replica and after every restart; a job under another name is another job.
/// Binds VM migration, step occurrence, source and target identity. At most 63 characters of `[a-z0-9-]`, so that it can name a
/// Kubernetes Job too.
public record JobName(String value) {
    public JobName {
        if (!value.matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException("no job name: " + value);
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
