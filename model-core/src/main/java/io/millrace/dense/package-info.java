/**
 * The dense half of the model: multi-layer perceptrons with forward pass, backward pass and update,
 * on one thread each.
 *
 * <p>Read {@link io.millrace.dense.DenseNet} (what a network does) and {@link
 * io.millrace.dense.PlainDenseNet} (the whole computation in plain Java, the oracle of every other
 * engine) first. {@link io.millrace.dense.DenseEngines} picks an engine by name. What must not come
 * in: native libraries. They stay in leaf packages such as {@code dense.djl}, which this package
 * finds by {@link java.util.ServiceLoader} and never imports.
 */
package io.millrace.dense;
