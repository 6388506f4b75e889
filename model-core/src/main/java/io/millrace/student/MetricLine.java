package io.millrace.student;

import io.millrace.metric.Metrics;
import io.millrace.time.Sequencer;
import java.util.List;
import java.util.Map;

/**
 * How one arm did in one window, all predictions made before learning from their events.
 *
 * @param windowStart first millisecond of the window
 * @param windowEnd first millisecond after it
 * @param overall over all on-time events of the window
 * @param byBucket the same by frequency of an event's rarest id, in the order of {@link
 *     io.millrace.metric.FrequencyBucket}
 * @param rows rows over all fields at the window's end
 * @param embeddingBytes bytes of the collapsed rows
 * @param mapBytes bytes from ids to rows
 * @param servingBytes rows, maps and MLPs
 * @param trainingBytes see {@link StudentSizes#trainingBytes}
 * @param mapVersion newest map used in the window, 0 for none
 * @param learned events learned from since the start
 * @param skipped events since the start that were not learned from, see {@link
 *     io.millrace.dlrm.BatchLearner#skipped}
 * @param early events learned before their window opened, see {@link Sequencer#early}
 * @param tables figures of the tables at the window's end, by field in schema order; empty for
 *     plain arms, but for those of jobs with a factorised one
 */
public record MetricLine(
    String arm,
    long seed,
    long windowStart,
    long windowEnd,
    Metrics overall,
    List<Metrics> byBucket,
    long rows,
    long embeddingBytes,
    long mapBytes,
    long servingBytes,
    long trainingBytes,
    int mapVersion,
    long learned,
    long skipped,
    long early,
    Map<String, TableFigures> tables) {}
