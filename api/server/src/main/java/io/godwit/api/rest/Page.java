package io.godwit.api.rest;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Which part of a listing is wanted: what follows the last item that the client saw, so that nothing is left out or told twice when others come or go
/// meanwhile.
///
/// @param listing that a token belongs to
/// @param limit most items
/// @param after key of the last item before it; `null` = from the beginning
record Page(String listing, int limit, @Nullable String after) {
    static final int USUAL = 250;
    static final int MOST = 1000;
    static final String LIMIT = "most items of the answer: 1 to 1000, 250 where it is not said";
    static final String CONTINUE = "the text `continue` of the page before";
    private static final String VERSION = "1";

    /// What a request asks for.
    ///
    /// @param limit more than the most are the most
    /// @param next the token of the page before
    static Page of(String listing, @Nullable Integer limit, @Nullable String next) {
        if (limit != null && limit < 1) {
            throw new RequestInvalidException("limit", "must be at least 1");
        }
        return new Page(listing, limit == null ? USUAL : Math.min(limit, MOST), next == null ? null : key(listing, next));
    }

    private static String key(String listing, String token) {
        try {
            var parts = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8).split(" ", 3);
            if (parts.length == 3 && parts[0].equals(VERSION) && parts[1].equals(listing)) {
                return parts[2];
            }
        } catch (IllegalArgumentException _) {
            // said below
        }
        throw new RequestInvalidException("continue", "is no token of this listing; ask for the first page again, without it");
    }

    private String token(String key) {
        return Base64.getUrlEncoder().withoutPadding()
                .encodeToString((VERSION + " " + listing + " " + key).getBytes(StandardCharsets.UTF_8));
    }

    /// Of all items, those by their key.
    ///
    /// @param key unique
    /// @param view is made of those only that are shown
    <T, V> ItemsView<V> by(Function<T, String> key, Collection<T> all, Function<T, V> view) {
        return of(key, all.stream().sorted(Comparator.comparing(key)).filter(each -> after == null || key.apply(each).compareTo(after) > 0)
                .limit(limit + 1L).toList(), view);
    }

    /// Of items that follow `after` in their order, one more than the limit where there are more.
    <T, V> ItemsView<V> of(Function<T, String> key, List<T> following, Function<T, V> view) {
        var shown = following.subList(0, Math.min(following.size(), limit));
        return new ItemsView<>(shown.stream().map(view).toList(), following.size() > limit ? token(key.apply(shown.getLast())) : null);
    }
}
