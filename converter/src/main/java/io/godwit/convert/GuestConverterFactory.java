package io.godwit.convert;

import io.godwit.model.fault.FaultException;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/// Makes one kind of converter; found by [ServiceLoader] and chosen by name.
public interface GuestConverterFactory {
    /// What converts where no setting says otherwise.
    String DEFAULT = "virt-v2v";

    String name();

    GuestConverter open(ConverterTools tools);

    /// The one of that name on the class path.
    ///
    /// @throws FaultException `CONVERTER_UNKNOWN`
    static GuestConverterFactory named(String name) {
        var all = ServiceLoader.load(GuestConverterFactory.class).stream().map(ServiceLoader.Provider::get).toList();
        return all.stream().filter(each -> each.name().equals(name)).findFirst()
                .orElseThrow(() -> new FaultException(ConverterFault.CONVERTER_UNKNOWN, "there is no converter " + name,
                        "this worker has " + all.stream().map(GuestConverterFactory::name).sorted().collect(Collectors.joining(", "))));
    }
}
