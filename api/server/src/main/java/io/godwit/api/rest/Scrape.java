package io.godwit.api.rest;

/// What is measured, read anew.
@FunctionalInterface
public interface Scrape {
    /// All series.
    ///
    /// @param accept header of the request; empty where it has none
    Scraped scrape(String accept);

    /// A whole exposition.
    record Scraped(String contentType, String text) {}
}
