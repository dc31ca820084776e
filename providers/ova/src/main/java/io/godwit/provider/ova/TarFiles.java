package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_MANIFEST_INVALID;
import static io.godwit.provider.ova.OvaFault.OVA_OVF_MISSING;

import io.godwit.model.disk.ExportSpec;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/// The members of a tar, read where they lie in it.
final class TarFiles implements PackageFiles {
    private final RandomBytes bytes;
    private final ExportSpec whole;
    private final String what;
    private final TarIndex index;

    private TarFiles(RandomBytes bytes, ExportSpec whole, String what, TarIndex index) {
        this.bytes = bytes;
        this.whole = whole;
        this.what = what;
        this.index = index;
    }

    /// @param whole how a worker reads the tar
    /// @param what its name in faults
    static TarFiles read(RandomBytes bytes, ExportSpec whole, String what) throws IOException {
        return new TarFiles(bytes, whole, what, TarIndex.read(bytes, what));
    }

    @Override
    public PackageFile ovf() {
        var found = index.members().stream().filter(member -> hasSuffix(member, ".ovf")).toList();
        if (found.size() != 1) {
            throw OVA_OVF_MISSING.because(what + " cannot be used", found.isEmpty()
                    ? "it holds no OVF descriptor"
                    : "it holds " + found.size() + " OVF descriptors, and nothing says which one counts");
        }
        return file(found.getFirst());
    }

    /// That of the OVF's name, else the only one.
    @Override
    public Optional<PackageFile> manifest() {
        var ovf = ovf().name();
        var name = ovf.substring(0, ovf.length() - 4) + ".mf";
        var found = index.members().stream().filter(member -> hasSuffix(member, ".mf")).toList();
        var named = found.stream().filter(member -> member.name().equalsIgnoreCase(name)).toList();
        var candidates = named.isEmpty() ? found : named;
        if (candidates.size() > 1) {
            throw OVA_MANIFEST_INVALID.because(what + " cannot be checked",
                    "it holds " + candidates.size() + " manifests, and nothing says which one counts");
        }
        return candidates.stream().findFirst().map(this::file);
    }

    @Override
    public boolean signed() {
        return index.members().stream().anyMatch(member -> hasSuffix(member, ".cert"));
    }

    @Override
    public boolean terminated() {
        return index.terminated();
    }

    @Override
    public Optional<PackageFile> find(String name) {
        return index.find(name).map(this::file);
    }

    @Override
    public byte[] read(PackageFile file, long offset, int length) throws IOException {
        var range = (ExportSpec.Range) file.location();
        return bytes.read(range.offset() + offset, length);
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }

    private PackageFile file(TarMember member) {
        return new PackageFile(member.name(), member.sizeBytes(), new ExportSpec.Range(whole, member.offset(), member.sizeBytes()));
    }

    private static boolean hasSuffix(TarMember member, String suffix) {
        return member.name().toLowerCase(Locale.ROOT).endsWith(suffix);
    }
}
