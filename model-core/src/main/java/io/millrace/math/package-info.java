/**
 * Arithmetic that every other package may use, such as hashes of bytes and of numbers. Read {@link
 * io.millrace.math.XxHash64} (how a raw value becomes an id) and {@link io.millrace.math.Mix64}
 * (how an id becomes a row number) first. Everything here is a pure function of its arguments: no
 * state, no generators (see {@code random}), no model.
 */
package io.millrace.math;
