/**
 * The learning loop without a framework: time, counts, teacher, maps, students, evaluation.
 *
 * <p>Read {@link io.millrace.stream.TrainLoop} first: it calls every step in order, in one thread,
 * from a file; the Flink operators call the same steps one by one, which is why both learn the same
 * to the bit. Flink, Kafka and the wall clock stay out.
 */
package io.millrace.stream;
