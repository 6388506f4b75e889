package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.hash.IdHash;
import io.millrace.hash.ModuloHash;
import io.millrace.hash.MultiHash;
import io.millrace.hash.QuotientRemainderHash;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.PublishedModel;
import io.millrace.table.Combine;
import io.millrace.table.CombinedTable;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.MaskedTable;
import io.millrace.table.MixedDimTable;
import io.millrace.table.PepOptions;
import io.millrace.table.PepTable;
import io.millrace.table.PepThresholds;
import io.millrace.table.PlainTable;
import io.millrace.table.RowFormat;
import io.millrace.table.RowInit;
import io.millrace.table.StoredRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScorerTest {

  @TempDir Path folder;

  /** Law: the published model predicts as the trainer does, for known and unknown ids, to 1e-6. */
  @Test
  void predictsAsTheTrainerDoes() throws Exception {
    IdHash two = new MultiHash(2, 20, 5);
    IdHash quotients = new QuotientRemainderHash(300, 10, 5);
    check(SmallModel.train(30));
    check(SmallModel.train(30, table(two, SmallModel.DIM), two));
    check(
        SmallModel.train(
            30, new CombinedTable(table(two, SmallModel.DIM / 2), Combine.CONCAT, 2), two));
    EmbeddingTable factors =
        new PlainTable(quotients.rows(), SmallModel.DIM, SmallModel.TABLE, RowInit.product(300, 7));
    check(SmallModel.train(30, new CombinedTable(factors, Combine.MULT, 2), quotients));
    IdHash modulo = new ModuloHash(37, 5);
    check(
        SmallModel.train(
            30, MixedDimTable.of(37, 37, 2, SmallModel.DIM, SmallModel.TABLE, 7), modulo));
    check(SmallModel.train(30, pruned(37), modulo));
    check(SmallModel.train(30, pruned(two.rows()), two));
    check(SmallModel.train(30, masked(pruned(37)), modulo));
  }

  private static EmbeddingTable masked(EmbeddingTable searched) {
    StoredRows left =
        searched.store(IntStream.range(0, searched.rows()).toArray(), RowFormat.FLOAT32);
    return new MaskedTable(
        searched.rows(), SmallModel.TABLE, SmallModel.INIT, -2, left, row -> (int) row);
  }

  private static EmbeddingTable pruned(int rows) {
    PepOptions options =
        new PepOptions(PepOptions.Granularity.FEATURE_DIMENSION, .3, -2, .01, .1, .1);
    return new PepTable(
        rows,
        SmallModel.DIM,
        SmallModel.TABLE,
        SmallModel.INIT,
        new PepThresholds(options, SmallModel.DIM));
  }

  private static EmbeddingTable table(IdHash hash, int length) {
    return new PlainTable(hash.rows(), length, SmallModel.TABLE, SmallModel.INIT);
  }

  /** Law: with rows in any format it predicts as the trainer would with its rows rounded to it. */
  @ParameterizedTest
  @EnumSource(RowFormat.class)
  void predictsWithRoundedRows(RowFormat format) throws Exception {
    IdHash two = new MultiHash(2, 20, 5);
    IdHash modulo = new ModuloHash(37, 5);
    check(format, SmallModel.train(30));
    check(format, SmallModel.train(30, table(modulo, SmallModel.DIM), modulo));
    check(
        format,
        SmallModel.train(
            30, new CombinedTable(table(two, SmallModel.DIM / 2), Combine.CONCAT, 2), two));
    check(format, SmallModel.train(30, pruned(37), modulo));
  }

  private void check(RowFormat format, ClickModel model) throws IOException {
    model.fields().forEach(field -> field.servedIn(format));
    check(PublishedModel.copyOf(SmallModel.SCHEMA, model), RoundedTable.of(model, format));
  }

  private void check(ClickModel trained) throws IOException {
    check(PublishedModel.copyOf(SmallModel.SCHEMA, trained), trained);
  }

  private void check(PublishedModel published, ClickModel trained) throws IOException {
    try (ClickModel model = trained) {
      ModelFolder.publish(folder, published, SmallModel.origin(1), 2);
      List<ClickEvent> events = SmallModel.events(new SplittableRandom(99), 500);
      float[] expected = new float[events.size()];
      model.score(events, expected);
      float[] actual = new float[events.size()];
      new Scorer(ModelFolder.open(folder)).score(events, actual);
      assertThat(actual).containsExactly(expected, within(1e-6f));
      assertThat(expected[0]).isNotEqualTo(expected[1]);
    }
  }

  /** Law: a prediction does not depend on the events scored with it. */
  @Test
  void eventsDoNotMix() throws Exception {
    try (ClickModel model = SmallModel.train(5)) {
      ModelFolder.publish(
          folder, PublishedModel.copyOf(SmallModel.SCHEMA, model), SmallModel.origin(1), 1);
      Scorer scorer = new Scorer(ModelFolder.open(folder));
      List<ClickEvent> events = SmallModel.events(new SplittableRandom(99), 50);
      float[] together = new float[50];
      scorer.score(events, together);
      for (int e = 0; e < 50; e++) {
        assertThat(scorer.score(events.get(e))).isEqualTo(together[e]);
      }
    }
  }
}
