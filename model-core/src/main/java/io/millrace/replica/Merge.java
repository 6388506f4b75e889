package io.millrace.replica;

/**
 * The rows that replicas have changed in an interval, and the dense part, in the merged model.
 *
 * <p>Values are absolute: to take a merge twice is the same as once.
 *
 * @param interval number of the interval
 * @param before values before the merge; with them, an earlier model is had from a later one
 * @param after values after the merge, of the same rows
 */
public record Merge(long interval, ModelValues before, ModelValues after) {}
