package io.millrace.watch;

import io.millrace.spec.DriftOptions;

/**
 * One value of a watched stream.
 *
 * @param time end of the sub-window, ms
 * @param stream kind of stream
 * @param field name of the stream's field, null if it has none
 * @param arm name of the stream's student, null if it has none
 * @param seed root seed of the run
 * @param value the value, NaN where there were too few events for one
 */
public record PulseLine(
    long time, DriftOptions.Stream stream, String field, String arm, long seed, double value) {}
