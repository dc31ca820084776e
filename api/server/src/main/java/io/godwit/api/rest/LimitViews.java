package io.godwit.api.rest;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.godwit.engine.limit.CopyLimits;
import io.godwit.model.limit.Bounds;
import io.godwit.model.limit.CopyLimit;
import io.godwit.model.limit.LimitScope;
import io.godwit.model.limit.LimitWindow;
import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.zone.ZoneRulesException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Limits as REST takes and shows them.
final class LimitViews {
    private static final String LEAST_BYTES = "4096";
    private static final String LEAST_BYTES_MESSAGE = "must be at least 4096; to hold a copy altogether, cancel it";
    private static final String LEAST_REQUESTS = "0.01";
    private static final String LEAST_REQUESTS_MESSAGE = "must be at least 0.01";
    private static final String MOST_REQUESTS = "1000000000";
    private static final long LONGEST_READ = 60_000;

    /// What is limited.
    enum ScopeKind {
        @JsonProperty("total")
        TOTAL, @JsonProperty("link")
        LINK, @JsonProperty("sourceHost")
        SOURCE_HOST, @JsonProperty("vm")
        VM, @JsonProperty("disk")
        DISK
    }

    /// Which copies share the limit. Providers, plans and VMs by id or name; shown by id.
    ///
    /// @param providers that share a `link`: the copies from or to any of them
    /// @param provider the source, with `sourceHost`
    /// @param host inside that source, as its inventory names it; absent = the whole source
    /// @param plan with `vm` and `disk`
    /// @param vm of the plan
    /// @param disk its key
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Scope(@NotNull ScopeKind type, @Nullable List<@NotNull String> providers, @Nullable String provider, @Nullable String host,
            @Nullable String plan, @Nullable String vm,
            @Nullable @Pattern(regexp = "[a-z0-9-]+", message = "is no key of a disk") String disk) {

        static Scope of(LimitScope scope) {
            return switch (scope) {
                case LimitScope.Total() -> new Scope(ScopeKind.TOTAL, null, null, null, null, null, null);
                case LimitScope.Link(var all) -> new Scope(ScopeKind.LINK, all, null, null, null, null, null);
                case LimitScope.SourceHost(var one, var inside) -> new Scope(ScopeKind.SOURCE_HOST, null, one, inside, null, null, null);
                case LimitScope.Vm(var plan, var vm) -> new Scope(ScopeKind.VM, null, null, null, plan, vm, null);
                case LimitScope.Disk(var plan, var vm, var disk) -> new Scope(ScopeKind.DISK, null, null, null, plan, vm, disk);
            };
        }

        @JsonIgnore
        @AssertTrue(message = "type total has nothing else, link has providers, sourceHost has provider and perhaps host, vm has plan and vm, disk has plan, vm and disk")
        boolean isWhatItsTypeNeeds() {
            return switch (type) {
                case null -> true;
                case TOTAL -> has(false, false, false, false, false) && host == null;
                case LINK -> has(true, false, false, false, false) && host == null && !Objects.requireNonNull(providers).isEmpty();
                case SOURCE_HOST -> has(false, true, false, false, false);
                case VM -> has(false, false, true, true, false) && host == null;
                case DISK -> has(false, false, true, true, true) && host == null;
            };
        }

        private boolean has(boolean theProviders, boolean theProvider, boolean thePlan, boolean theVm, boolean theDisk) {
            return (providers != null) == theProviders && (provider != null) == theProvider && (plan != null) == thePlan
                    && (vm != null) == theVm && (disk != null) == theDisk;
        }
    }

    /// A day of the week.
    enum Day {
        @JsonProperty("Mon")
        MON(DayOfWeek.MONDAY), @JsonProperty("Tue")
        TUE(DayOfWeek.TUESDAY), @JsonProperty("Wed")
        WED(DayOfWeek.WEDNESDAY), @JsonProperty("Thu")
        THU(DayOfWeek.THURSDAY), @JsonProperty("Fri")
        FRI(DayOfWeek.FRIDAY), @JsonProperty("Sat")
        SAT(DayOfWeek.SATURDAY), @JsonProperty("Sun")
        SUN(DayOfWeek.SUNDAY);

        private static final Map<DayOfWeek, Day> BY_DAY = List.of(values()).stream()
                .collect(Collectors.toMap(each -> each.day, Function.identity()));

        private final DayOfWeek day;

        Day(DayOfWeek day) {
            this.day = day;
        }

        static Day of(DayOfWeek day) {
            return Objects.requireNonNull(BY_DAY.get(day));
        }
    }

    /// A time of the week with bounds of its own; without any it is a time without a limit.
    ///
    /// @param days on which it begins
    /// @param from local time, `HH:mm`
    /// @param to local time, `HH:mm`; at or before `from` = on the day after
    /// @param zone IANA name, e.g. `Europe/Berlin`
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Window(@NotEmpty List<@NotNull Day> days,
            @NotNull @Pattern(regexp = TIME, message = TIME_MESSAGE) String from,
            @NotNull @Pattern(regexp = TIME, message = TIME_MESSAGE) String to, @NotNull String zone,
            @Nullable @DecimalMin(value = LEAST_BYTES, message = LEAST_BYTES_MESSAGE) Long bytesPerSecond,
            @Nullable @DecimalMin(value = LEAST_REQUESTS, message = LEAST_REQUESTS_MESSAGE) @DecimalMax(MOST_REQUESTS) Double requestsPerSecond,
            @Nullable @Min(1) @Max(LONGEST_READ) Long longestReadMillis) {
        private static final String TIME = "([01][0-9]|2[0-3]):[0-5][0-9]";
        private static final String TIME_MESSAGE = "must be a time such as 08:00 or 23:59";

        static Window of(LimitWindow window) {
            var bounds = window.bounds();
            return new Window(window.days().stream().map(Day::of).toList(), window.from().toString(), window.to().toString(),
                    window.zone().getId(), bytes(bounds), requests(bounds), longestRead(bounds));
        }

        @JsonIgnore
        @AssertTrue(message = "zone is no IANA time zone, such as Europe/Berlin")
        boolean isInAZone() {
            try {
                return zone == null || ZoneId.of(zone).getRules() != null;
            } catch (ZoneRulesException _) {
                return false;
            } catch (DateTimeException _) {
                return false;
            }
        }

        LimitWindow window() {
            return new LimitWindow(days.stream().map(each -> each.day).toList(), LocalTime.parse(from), LocalTime.parse(to),
                    ZoneId.of(zone),
                    bounds(bytesPerSecond, requestsPerSecond, longestReadMillis));
        }
    }

    /// What copies may take from their sources. Of several limits that a copy is under, the tightest holds.
    ///
    /// @param bytesPerSecond of all copies in the scope together; absent = no bound
    /// @param requestsPerSecond reads of all copies in the scope together; absent = no bound
    /// @param longestReadMillis each copy holds its reads back while the slowest hundredth of them takes longer; absent = no bound
    /// @param windows times of the week with other bounds; no two overlap, and all are in one zone
    record LimitRequest(@NotNull @Valid Scope scope,
            @Nullable @DecimalMin(value = LEAST_BYTES, message = LEAST_BYTES_MESSAGE) Long bytesPerSecond,
            @Nullable @DecimalMin(value = LEAST_REQUESTS, message = LEAST_REQUESTS_MESSAGE) @DecimalMax(MOST_REQUESTS) Double requestsPerSecond,
            @Nullable @Min(1) @Max(LONGEST_READ) Long longestReadMillis, @Nullable List<@Valid @NotNull Window> windows) {

        CopyLimit limit(String name, LimitScope resolved) {
            return new CopyLimit(name, resolved, bounds(bytesPerSecond, requestsPerSecond, longestReadMillis), windowList());
        }

        private List<LimitWindow> windowList() {
            return windows == null ? List.of() : windows.stream().map(Window::window).toList();
        }

        @JsonIgnore
        @AssertTrue(message = "it limits nothing: name bytesPerSecond, requestsPerSecond or longestReadMillis, here or in a window")
        boolean isLimiting() {
            return bytesPerSecond != null || requestsPerSecond != null || longestReadMillis != null
                    || (windows != null && windows.stream().anyMatch(window -> window != null
                            && (window.bytesPerSecond() != null || window.requestsPerSecond() != null
                                    || window.longestReadMillis() != null)));
        }

        /// Of windows that are right each for itself: the field and what is wrong with it, empty where nothing is.
        void requireApart() {
            var all = windowList();
            for (int i = 0; i < all.size(); i++) {
                for (int j = 0; j < i; j++) {
                    if (!all.get(i).zone().equals(all.get(j).zone())) {
                        throw new RequestInvalidException("windows[" + i + "].zone", "all windows of a limit are in one zone");
                    }
                    if (all.get(i).overlaps(all.get(j))) {
                        throw new RequestInvalidException("windows[" + i + "]", "it overlaps windows[" + j + "]");
                    }
                }
            }
        }
    }

    /// @param inForce what holds at this moment
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record LimitView(String name, Scope scope, @Nullable Long bytesPerSecond, @Nullable Double requestsPerSecond,
            @Nullable Long longestReadMillis, List<Window> windows, BoundsView inForce) {

        static LimitView of(CopyLimit limit, Instant now) {
            var bounds = limit.bounds();
            return new LimitView(limit.name(), Scope.of(limit.scope()), bytes(bounds), requests(bounds), longestRead(bounds),
                    limit.windows().stream().map(Window::of).toList(), BoundsView.of(limit.at(now)));
        }
    }

    /// Each absent where there is no bound.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record BoundsView(@Nullable Long bytesPerSecond, @Nullable Double requestsPerSecond, @Nullable Long longestReadMillis) {

        static BoundsView of(Bounds bounds) {
            return new BoundsView(bytes(bounds), requests(bounds), longestRead(bounds));
        }
    }

    /// What a running copy may take at this moment, which the server told its worker.
    ///
    /// @param names of the limits that hold for it
    /// @param bytesBoundBy the limit at which its share of bytes per second ends; absent while it asks for less than it might have
    /// @param requestsBoundBy the same, of its requests per second
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record UnderLimits(@Nullable Long bytesPerSecond, @Nullable Double requestsPerSecond, @Nullable Long longestReadMillis,
            List<String> names, @Nullable String bytesBoundBy, @Nullable String requestsBoundBy) {

        static UnderLimits of(CopyLimits.UnderLimits under) {
            var share = under.share();
            var bounds = new Bounds(share.bytesPerSecond(), share.requestsPerSecond(), share.longestReadMillis());
            return new UnderLimits(bytes(bounds), requests(bounds), longestRead(bounds), under.limits(), under.bytesBoundBy(),
                    under.requestsBoundBy());
        }
    }

    private static Bounds bounds(@Nullable Long bytes, @Nullable Double requests, @Nullable Long longestRead) {
        return new Bounds(bytes == null ? 0 : bytes, requests == null ? 0 : requests, longestRead == null ? 0 : longestRead);
    }

    private static @Nullable Long bytes(Bounds bounds) {
        return bounds.bytesPerSecond() == 0 ? null : bounds.bytesPerSecond();
    }

    private static @Nullable Double requests(Bounds bounds) {
        return bounds.requestsPerSecond() == 0 ? null : bounds.requestsPerSecond();
    }

    private static @Nullable Long longestRead(Bounds bounds) {
        return bounds.longestReadMillis() == 0 ? null : bounds.longestReadMillis();
    }

    private LimitViews() {}
}
