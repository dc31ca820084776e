package io.godwit.provider.testkit;

import java.util.function.Supplier;

/// Through which fakes make every change: a simulation puts lost, late and repeated calls here.
public interface Calls {
    Calls AT_ONCE = new Calls() {
        @Override
        public <T> T change(String what, Supplier<T> effect) {
            return effect.get();
        }
    };

    /// Makes the change, or does not, or later, or makes it and throws.
    ///
    /// @param what the call's name and its object
    <T> T change(String what, Supplier<T> effect);
}
