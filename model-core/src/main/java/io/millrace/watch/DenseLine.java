package io.millrace.watch;

/**
 * What one dense column looked like in one window, over the events on time and after the column's
 * transform. Missing values take part in {@code missing} alone.
 *
 * @param field the column's name
 * @param seed root seed of the run; the figures do not depend on it
 * @param windowStart first millisecond of the pane that ended
 * @param windowEnd first millisecond after it
 * @param events on time
 * @param mean of the values; NaN without one
 * @param deviation the population's standard deviation of the values; NaN without one
 * @param missing share of the events without a value, in [0, 1]; NaN where events do not say it, as
 *     in version 1 of the binary form
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
