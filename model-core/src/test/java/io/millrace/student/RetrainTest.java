package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.dlrm.FieldTable;
import io.millrace.event.ClickEvent;
import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.Budget;
import io.millrace.spec.JobSpec;
import io.millrace.spec.TableOptions;
import io.millrace.stream.SmallJob;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.PepOptions;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A search for the weights that are needed, and the training of those that it has left. */
class RetrainTest {

  private static final int DIM = 4;
  private static final PepOptions PEP =
      new PepOptions(PepOptions.Granularity.FEATURE_DIMENSION, .3, -3, .01, .1, .1);
  private static final List<ClickEvent> EVENTS = SmallJob.events(3, 500, 1);

  @TempDir private Path folder;

  private static JobSpec job(ArmSpec.Hash hash, String maskFrom) {
    JobSpec all = SmallJob.job(true, 10, 0);
    TableOptions tables =
        SmallJob.OPTIONS
            .tables()
            .with(TableOptions::pep, PEP)
            .with(TableOptions::maskFrom, maskFrom);
    ArmSpec.Options options = SmallJob.OPTIONS.with(ArmSpec.Options::tables, tables);
    ArmSpec arm =
        new ArmSpec("pep", hash, Budget.ratio(.1), ArmSpec.Table.PEP, SmallJob.LEARNER, options);
    return all.with(JobSpec::arms, List.of(arm)).with(JobSpec::secondTeacher, false);
  }

  private static Student arm(JobSpec job) {
    return new Student(
        job,
        job.arms().get(0),
        7,
        (spec, field, pane) -> null,
        Refreshes.ofWindows(job.mapGrid()),
        new Student.Listener() {
          @Override
          public void metrics(MetricLine line) {}

          @Override
          public void switched(SwitchLine line) {}

          @Override
          public void publish(Student arm, Student.PublishCause cause) {}
        });
  }

  private static void train(Student arm) {
    EVENTS.forEach(event -> arm.onEvent(event, false));
    arm.onWatermark(Long.MAX_VALUE);
  }

  /** Trains a searching arm and publishes it. */
  private String searched(JobSpec job) throws IOException {
    try (Student arm = arm(job)) {
      train(arm);
      Origin origin = new Origin("pep", 7, 1, 0, 1, 1500, null, List.of(), null);
      ModelFolder.publish(folder, PublishedModel.copyOf(job.schema(), arm.model()), origin, 1);
      return folder.toString();
    }
  }

  private static float[] rows(FieldTable field) {
    EmbeddingTable table = field.table();
    float[] rows = new float[table.rows() * DIM];
    for (int r = 0; r < table.rows(); r++) {
      table.collapseRow(r, rows, r * DIM);
    }
    return rows;
  }

  /** The published row of a trained table's row; all 0 if it has none. */
  private static float[] published(FieldRows rows, FieldTable field, int row) {
    long key = field.index() == null ? row : field.index().id(row);
    float[] out = new float[DIM];
    if (rows instanceof FieldRows.Indexed) {
      int[] found = new int[1];
      if (rows.lookUp(key, found) == 1) {
        rows.rows().add(found[0], out, 0);
      }
    } else {
      rows.rows().add(row, out, 0);
    }
    return out;
  }

  // Law: the second training starts from the initial values of the first, as its first forward pass
  // had them, where the mask leaves them, and learns there only; the small field is not pruned.
  @ParameterizedTest
  @EnumSource(
      value = ArmSpec.Hash.class,
      names = {"FULL", "MODULO", "DOUBLE"})
  void onlyWeightsThatAreLeftAreTrained(ArmSpec.Hash hash) throws IOException {
    JobSpec search = job(hash, "");
    String mask = searched(search);
    FieldRows left = ModelFolder.open(Path.of(mask)).model().fields().get(0);
    try (Student arm = arm(job(hash, mask));
        Student fresh = arm(search)) {
      float[] atStart = rows(arm.model().fields().get(0));
      float[] searchAtStart = rows(fresh.model().fields().get(0));
      train(arm);
      FieldTable big = arm.model().fields().get(0);
      float[] trained = rows(big);
      int zero = 0;
      for (int i = 0; i < trained.length; i++) {
        boolean kept = published(left, big, i / DIM)[i % DIM] != 0;
        assertThat(trained[i] != 0).as("weight %d", i).isEqualTo(kept);
        if (i < atStart.length) {
          assertThat(atStart[i]).isEqualTo(kept ? searchAtStart[i] : 0);
        }
        zero += kept ? 0 : 1;
      }
      assertThat((double) zero / trained.length).isBetween(.5, .85);
      assertThat(rows(arm.model().fields().get(1))).doesNotContain(0);
      assertThat(arm.sizes().embeddingBytes()).isLessThan(4L * trained.length);
    }
  }

  // Law: an id is published if any of its weights is left, and its bytes are what is counted.
  @Test
  void idsWithoutWeightsAreNotPublished() throws IOException {
    JobSpec search = job(ArmSpec.Hash.FULL, "");
    try (Student arm = arm(search)) {
      train(arm);
      PublishedModel model = PublishedModel.copyOf(search.schema(), arm.model());
      FieldRows.Indexed big = (FieldRows.Indexed) model.fields().get(0);
      EmbeddingTable table = arm.model().fields().get(0).table();
      assertThat(big.ids().length).isLessThan(table.rows());
      long bytes = 0;
      for (FieldRows rows : model.fields()) {
        bytes += rows.rows().bytes() + 8L * rows.count();
      }
      assertThat(arm.sizes().embeddingBytes() + arm.sizes().mapBytes()).isEqualTo(bytes);
      float[] row = new float[DIM];
      for (int r = 0; r < table.rows(); r++) {
        table.collapseRow(r, row, 0);
        long id = arm.model().fields().get(0).index().id(r);
        boolean known = big.lookUp(id, new int[1]) == 1;
        assertThat(known).isEqualTo(row[0] != 0 || row[1] != 0 || row[2] != 0 || row[3] != 0);
      }
    }
  }

  // Law: written, read and trained on equals trained on.
  @Test
  void restoredMasksGoOnAsTheOriginals() throws IOException {
    JobSpec job = job(ArmSpec.Hash.FULL, searched(job(ArmSpec.Hash.FULL, "")));
    try (Student arm = arm(job);
        Student copy = arm(job)) {
      EVENTS.subList(0, 333).forEach(event -> arm.onEvent(event, false));
      copy.readState(Student.FORMAT, new DataInputStream(new ByteArrayInputStream(state(arm))));
      EVENTS.subList(333, 900).forEach(event -> arm.onEvent(event, false));
      EVENTS.subList(333, 900).forEach(event -> copy.onEvent(event, false));
      assertThat(state(copy)).isEqualTo(state(arm));
    }
  }

  private static byte[] state(Student arm) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    arm.writeState(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  @Test
  void masksThatDoNotFitAreNamed() throws IOException {
    JobSpec nowhere = job(ArmSpec.Hash.FULL, folder.resolve("x").toString());
    assertThatThrownBy(() -> new StudentTables(nowhere, nowhere.arms().get(0), 0).checkMask())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("mask_from must be a published model but was '" + folder);
    String mask = searched(job(ArmSpec.Hash.FULL, ""));
    JobSpec other = job(ArmSpec.Hash.MODULO, mask);
    assertThatThrownBy(() -> new StudentTables(other, other.arms().get(0), 0).checkMask())
        .hasMessage(
            "mask_from must be a model whose ids find their rows as this arm's do but was '"
                + mask
                + "' with another hash for field big");
    JobSpec same = job(ArmSpec.Hash.FULL, mask);
    assertThat(new StudentTables(same, same.arms().get(0), 0).checkMask().orElseThrow().seed())
        .isEqualTo(7);
  }
}
