/**
 * What figures measure in the learning loop itself ({@link io.millrace.stream.TrainLoop}), event by
 * event: served models of an earlier time ({@link io.millrace.tests.lab.loop.ServedScores}), the
 * distance to the true click probabilities, students that lose something at a switch of maps, times
 * of steps. Streams are in memory ({@link io.millrace.tests.lab.loop.LabStream}).
 */
package io.millrace.tests.lab.loop;
