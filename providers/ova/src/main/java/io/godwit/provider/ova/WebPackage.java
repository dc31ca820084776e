package io.godwit.provider.ova;

import java.util.List;

/// One package behind a web server.
record WebPackage(PackagePlace.Web place) implements Packages {
    @Override
    public Listing list() {
        return new Listing(List.of(new Entry(place, place.fileName(), ".", place.url().getHost())), List.of());
    }
}
