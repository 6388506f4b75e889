package io.millrace.student;

import io.millrace.metric.Metrics;
import io.millrace.time.Sequencer;
import java.util.List;
import java.util.Map;

/**
 * Metrics of one arm in one window; each event was predicted before it was learned from.
 *
 * @param arm name of the arm
 * @param seed root seed of the run
 * @param windowStart first millisecond of the window
 * @param windowEnd first millisecond after it
 * @param overall over all on-time events of the window
 * @param byBucket the same by frequency of an event's rarest id, in the order of {@link
 *     io.millrace.metric.FrequencyBucket}
 * @param rows rows over all fields at the window's end
 * @param embeddingBytes bytes of the collapsed rows
 * @param mapBytes bytes of the maps, and of the ids of uncompressed fields
 * @param linearBytes bytes of the linear part
 * @param servingBytes bytes of rows, maps, linear part and MLPs
 * @param trainingBytes bytes held to train the arm, with what its maps are built from
 * @param mapVersion newest map used in the window, 0 for none
 * @param learned events learned from since the start
 * @param skipped events since the start that were not learned from, see {@link
 *     io.millrace.dlrm.BatchLearner#skipped}
 * @param early events learned ahead of their turn, see {@link Sequencer#early}
 * @param outOfOrder events learned behind their turn, see {@link Sequencer#outOfOrder}
 * @param tables figures of the tables at the window's end, by field in schema order; empty for an
 *     arm of plain tables, unless another arm of the job is factorised
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
    long linearBytes,
    long servingBytes,
    long trainingBytes,
    int mapVersion,
    long learned,
    long skipped,
    long early,
    long outOfOrder,
    Map<String, TableFigures> tables) {}
