package io.millrace.student;

import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.FieldTable;
import io.millrace.hash.MapVersion;
import io.millrace.metric.FrequencyBucket;
import io.millrace.spec.ArmSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** How large a student is now: its rows, its bytes, and figures of its tables. */
public final class StudentSizes {

  private final Student student;
  private final ClickModel model;

  StudentSizes(Student student) {
    this.student = student;
    this.model = student.model();
  }

  /**
   * Rows over all fields, in units of a vector's length, rounded up: a row of half the length
   * counts as half.
   */
  long rows() {
    long floats = 0;
    for (FieldTable field : model.fields()) {
      floats += (long) field.table().rows() * field.table().rowLength();
    }
    int dim = student.spec().learner().trainer().dim();
    return (floats + dim - 1) / dim;
  }

  /** Bytes of the collapsed rows. */
  long embeddingBytes() {
    return model.fields().stream().mapToLong(FieldTable::servingBytes).sum();
  }

  /** Bytes that find an id's rows: maps as serialised, and the ids of uncompressed fields. */
  long mapBytes() {
    return model.fields().stream().mapToLong(FieldTable::mapBytes).sum();
  }

  /** Bytes of the linear part's weights as served. */
  long linearBytes() {
    return model.linearBytes();
  }

  /** Bytes that a server holds: rows, maps, linear part, MLPs. */
  public long servingBytes() {
    return embeddingBytes() + mapBytes() + linearBytes() + model.mlpBytes();
  }

  /**
   * Bytes held to train this arm: its parameters, optimiser state and indexes, its maps with ids
   * and counts, and for mapped arms what the maps are built from: the counts (24 bytes an id, with
   * clicks 40) and, for learned and two-level ones, the teacher's rows, accumulators and index (36
   * bytes an id and its row). A shadow is not included.
   */
  long trainingBytes() {
    long bytes = model.trainingBytes() + mapBytes();
    for (FieldTable field : model.fields()) {
      MapVersion map = student.map(field.field());
      bytes += map == null ? 0 : map.size() * trainingBytesPerId(map);
    }
    return bytes;
  }

  private long trainingBytesPerId(MapVersion map) {
    long perId = 16 + 4L * map.lookups() + 24;
    if (student.spec().hash() == ArmSpec.Hash.TWO_LEVEL) {
      perId += 16;
    }
    if (student.spec().hash().valued() && student.job().needsTeacher()) {
      perId += 36 + 4L * student.job().teacher().trainer().dim();
    }
    return perId;
  }

  /** The line of a window's metrics, with these sizes. */
  MetricLine metricLine(long pane) {
    return new MetricLine(
        student.spec().name(),
        student.seed(),
        student.job().windows().paneStart(pane),
        student.job().windows().paneEnd(pane),
        student.metrics.result(),
        Arrays.stream(FrequencyBucket.values()).map(student.metrics::result).toList(),
        rows(),
        embeddingBytes(),
        mapBytes(),
        linearBytes(),
        servingBytes(),
        trainingBytes(),
        student.mapVersion(),
        student.learned(),
        student.skipped(),
        student.steps.early(),
        student.steps.outOfOrder(),
        tables());
  }

  /** Figures of the tables, by field in schema order, see {@link MetricLine#tables}. */
  Map<String, TableFigures> tables() {
    Map<String, TableFigures> figures = new LinkedHashMap<>();
    if (student.job().factorised() || student.spec().table() != ArmSpec.Table.PLAIN) {
      for (FieldTable field : model.fields()) {
        figures.put(
            student.job().schema().fields().get(field.field()).name(),
            TableFigures.of(field, student.spec().table(), student.job().factorised()));
      }
    }
    return figures;
  }
}
