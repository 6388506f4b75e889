/**
 * A synthetic click stream with a known model: ids belong to planted clusters of latent vectors
 * ("tastes"), popularity is heavy-tailed and changes from day to day, ids appear and disappear, and
 * labels come from a known logistic model. So the best possible AUC is known, too.
 *
 * <p>Read {@link io.millrace.generator.GeneratorOptions} first (what is planted, and the presets),
 * then {@link io.millrace.generator.PlantedStream} (the events in time order, and the oracle). The
 * demo, the comparison of arms and the pipeline tests run on it. Equal options and seeds give equal
 * bits on every JDK: all draws come from {@link io.millrace.random}, all functions from {@link
 * java.lang.StrictMath}. What must not come in: any model that learns from the stream.
 */
package io.millrace.generator;
