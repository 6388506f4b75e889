/**
 * A click stream whose truth is known: ids fall into planted clusters of taste, popularity is
 * heavy-tailed and moves from day to day, ids are born and die, and labels are drawn from a known
 * logistic model, so that the best possible AUC is known too.
 *
 * <p>Read {@link io.millrace.generator.GeneratorOptions} first (what is planted, and the presets),
 * then {@link io.millrace.generator.PlantedStream} (the events in time order, and the oracle). The
 * demo, the comparison of arms and the pipeline tests run on it. Equal options and seeds give equal
 * bits on every JDK: all draws come from {@link io.millrace.random}, all functions from {@link
 * java.lang.StrictMath}. Nothing here may look at a model that learns from the stream.
 */
package io.millrace.generator;
