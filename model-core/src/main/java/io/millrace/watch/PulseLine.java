package io.millrace.watch;

import io.millrace.spec.DriftOptions;

/**
 * One value of a stream that is watched.
 *
 * @param time end of the sub-window, ms
 * @param stream kind of stream
 * @param field the field's name, null where it is of no field
 * @param arm the student's name, null where it is of no student
 * @param seed root seed of the run
 * @param value NaN where there were too few events for one
 */
public record PulseLine(
    long time, DriftOptions.Stream stream, String field, String arm, long seed, double value) {}
