package io.millrace.watch;

/**
 * The values of one dense column in one pane, over the events on time and after the column's
 * transform. Missing values count in {@code missing} only.
 *
 * @param field the column's name
 * @param seed root seed of the run; the figures do not depend on it
 * @param windowStart first millisecond of the pane that ended
 * @param windowEnd first millisecond after it
 * @param events on time
 * @param mean of the values; NaN without one
 * @param deviation the population's standard deviation of the values; NaN without one
 * @param missing share of the events without a value, in [0, 1]; NaN where events do not mark
 *     missing values, as in version 1 of the binary form
 * @param ks largest distance of the distribution functions of this pane's values and those of the
 *     pane before, in [0, 1], see {@link io.millrace.metric.ValueHistogram}; NaN without either
 */
public record DenseLine(
    String field,
    long seed,
    long windowStart,
    long windowEnd,
    long events,
    double mean,
    double deviation,
    double missing,
    double ks) {}
