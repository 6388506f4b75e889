package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.stream.LoopLog;
import io.millrace.stream.SmallJob;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Law: rows, map and network take as many bytes as the arm's budget and kind say. */
class StudentSizesTest {

  // Law: the full arm is the largest. A map adds its bytes to what is served and no rows; a
  // factorised table adds to what is trained alone.
  @Test
  void sizesFollowFromTheKindOfArm() {
    LoopLog log = LoopLog.run(SmallJob.events(2, 500, 1), SmallJob.job(true, 10, 0), 7);
    Map<String, MetricLine> last = new HashMap<>();
    log.lines.forEach(l -> last.put(l.arm(), l));
    assertThat(last.get("full").servingBytes()).isGreaterThan(last.get("learned").servingBytes());
    assertThat(last.get("learned").mapBytes()).isGreaterThan(last.get("modulo").mapBytes());
    assertThat(last.get("learned").rows()).isEqualTo(last.get("modulo").rows());
    assertThat(last.get("learned-mlet").servingBytes())
        .isEqualTo(last.get("learned").servingBytes());
    assertThat(last.get("learned-mlet").trainingBytes())
        .isGreaterThan(last.get("learned").trainingBytes());
  }

  // Law: equal budgets give equal rows: 40 rows of 4 floats in the big field, 5 in the small one.
  // Quotients and remainders do not come in every size, and take no more.
  @Test
  void everyHashSpendsTheSameRows() {
    LoopLog log = LoopLog.run(SmallJob.events(2, 500, 1), SmallJob.job(true, 10, 0), 7);
    for (MetricLine line : log.lines) {
      if (!line.arm().matches("full.*|two-level|learned-bytes")) {
        long least = line.arm().startsWith("qr") ? 41 : 45;
        assertThat(line.rows()).as(line.arm()).isBetween(least, 45L);
        assertThat(line.embeddingBytes())
            .as(line.arm())
            .isBetween(
                line.arm().matches(".*mixed|.*pep") ? 1 : (line.rows() - 1) * 16 + 1,
                line.rows() * 16);
      }
      boolean formula = line.mapVersion() == 0 && !line.arm().matches("full.*|freq-double");
      assertThat(line.mapBytes() == 5 * 8).as(line.arm()).isEqualTo(formula);
    }
  }

  // Law: a budget of bytes covers rows and map: 40 % of 400 rows of 16 bytes, beside a row and a
  // number of 8 bytes for each of 5 ids. The serialised map may be a hundredth and a row's bytes
  // larger, as its seeds and fingerprints are random.
  @Test
  void budgetsOfBytesHoldRowsAndMap() {
    LoopLog log = LoopLog.run(SmallJob.events(4, 2000, 1), SmallJob.job(true, 10, 0), 7);
    int budget = 4 * 400 * 16 / 10;
    for (MetricLine line : log.lines) {
      if (line.arm().matches("two-level|learned-bytes") && line.mapVersion() > 0) {
        long spent = line.embeddingBytes() + line.mapBytes() - 5 * (16 + 8);
        assertThat(spent).as(line.arm()).isBetween(budget / 2L, budget + budget / 100 + 16L);
      }
    }
  }

  // Law: before the first map the budget holds all rows, and a further row would not fit.
  @Test
  void budgetsOfBytesAreFullBeforeTheFirstMap() {
    LoopLog log = LoopLog.run(SmallJob.events(1, 2000, 1), SmallJob.job(true, 10, 0), 7);
    int budget = 4 * 400 * 16 / 10;
    int arms = 0;
    for (MetricLine line : log.lines) {
      if (line.arm().matches("two-level|learned-bytes")) {
        long spent = line.embeddingBytes() + line.mapBytes() - 5 * (16 + 8);
        assertThat(spent).as(line.arm()).isBetween(budget - 16L + 1, (long) budget);
        arms++;
      }
    }
    assertThat(arms).isEqualTo(2);
  }
}
