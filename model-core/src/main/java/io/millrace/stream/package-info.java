/**
 * The learning loop without a framework: time, counts, teacher, maps, students, evaluation.
 *
 * <p>Read {@link io.millrace.stream.TrainLoop} first: it calls every step in order, in one thread,
 * on events from a file. The Flink operators call the same steps one by one, so both compute the
 * same bits. Then read {@link io.millrace.time.PaneBuffer}, which holds the rules of event time.
 * Flink, Kafka and the wall clock must not come in.
 */
package io.millrace.stream;
