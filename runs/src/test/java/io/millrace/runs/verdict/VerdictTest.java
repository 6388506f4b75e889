package io.millrace.runs.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: the verdict names the smallest arm that nothing beats beyond noise. */
class VerdictTest {

  private StoredRun run;

  @BeforeEach
  void start(@TempDir Path dir) {
    run = new StoredRun(dir);
  }

  /** Four windows of an arm with the same figure, but for a little noise that all arms share. */
  private void windows(String arm, int seed, double auc, long bytes) {
    for (int w = 0; w < 4; w++) {
      run.window(arm, seed, w, auc + .01 * w, bytes);
    }
  }

  private Verdict verdict() throws IOException {
    return run.briefing().verdict();
  }

  @Test
  void gainsOverPlainHashAndLinearModelWithTheirSpread() throws IOException {
    run.arm("full", "full").arm("linear", "none").arm("modulo", "modulo").arm("two", "two-level");
    run.published("two");
    for (int seed = 0; seed < 3; seed++) {
      double noise = .0001 * seed;
      windows("full", seed, .73 + noise, 1_000_000);
      windows("linear", seed, .70 + noise, 100_000);
      windows("modulo", seed, .71 - noise, 100_000);
      windows("two", seed, .72 + noise, 99_000);
    }
    Verdict verdict = verdict();
    assertThat(verdict.arm()).isEqualTo("two");
    // by hand: the differences from modulo are .0100, .0102, .0104
    assertThat(verdict.sentence())
        .isEqualTo(
            "Serve two: AUC 0.7451, +0.0102 ± 0.0002 against the plain hash modulo and"
                + " +0.0200 ± 0.0000 against the linear model linear, in 99.0 kB of rows, map and linear part;"
                + " full, a row for each id, is ahead by 0.0100 in 1.00 MB.");
    assertThat(verdict.command()).isEqualTo("./millrace serve --model runs/a/models/two");
  }

  @Test
  void ofArmsWithinNoiseTheSmallest() throws IOException {
    run.arm("large", "learned").arm("small", "two-level").arm("worse", "modulo");
    for (int seed = 0; seed < 3; seed++) {
      windows("large", seed, .72 + .002 * seed, 500_000);
      windows("small", seed, .72 + .002 * ((seed + 1) % 3), 100_000);
      windows("worse", seed, .70, 50_000);
    }
    assertThat(verdict().arm()).isEqualTo("small");
  }

  // maps grow with the ids that come, so an arm may be well below its budget
  @Test
  void armsOfOneBudgetAreCompared() throws IOException {
    run.arm("modulo", "modulo", "plain", "10%").arm("mlet", "two-level", "mlet", "10%");
    for (int seed = 0; seed < 3; seed++) {
      windows("modulo", seed, .71, 100_000);
      windows("mlet", seed, .72, 80_000);
    }
    assertThat(verdict().sentence()).contains("against the plain hash modulo, in 80.0 kB");
  }

  @Test
  void aPlainHashThatNothingBeatsIsServed() throws IOException {
    run.arm("modulo", "modulo").arm("two", "two-level");
    for (int seed = 0; seed < 3; seed++) {
      windows("modulo", seed, .72, 100_000);
      windows("two", seed, .71, 100_000);
    }
    assertThat(verdict().sentence())
        .startsWith("Serve modulo: AUC 0.7450, +0.0100 ± 0.0000 against the next best arm two");
  }

  // one seed: windows alternate in which arm they favour
  @Test
  void ofOneSeedWindowsAreCompared() throws IOException {
    run.arm("modulo", "modulo").arm("two", "two-level");
    for (int w = 0; w < 8; w++) {
      run.window("modulo", 0, w, .7, 100_000);
      run.window("two", 0, w, .7 + (w % 2 == 0 ? .004 : -.003), 100_000);
    }
    assertThat(verdict().sentence())
        .contains("+0.0005 against the plain hash modulo (within noise)");
  }

  // A map has fewer bytes than its budget until all ids have come; so has that of a factorised
  // table.
  @Test
  void armsOfOneBudgetAreComparedWhateverTheyTake() throws IOException {
    run.arm("linear", "none", "plain", "10%").arm("modulo", "modulo", "plain", "10%");
    run.arm("mlet", "two-level", "mlet", "10%").arm("pep", "modulo", "pep", "10%");
    for (int w = 0; w < 8; w++) {
      run.window("linear", 0, w, .6, 100_000).window("modulo", 0, w, .7, 100_000);
      run.window("mlet", 0, w, .75, 90_000).window("pep", 0, w, .5, 50_000);
    }
    Briefing briefing = run.briefing();
    assertThat(briefing.verdict().sentence())
        .contains("+0.0500 against the plain hash modulo and +0.1500 against the linear model");
    assertThat(briefing.gains())
        .extracting(gain -> gain.arm() + ": " + gain.against())
        .containsExactly(
            "modulo: –",
            "pep: modulo, like rows",
            "linear: modulo, like bytes",
            "mlet: modulo, like bytes");
  }

  @Test
  void fewWindowsTellNothing() throws IOException {
    run.arm("modulo", "modulo").arm("two", "two-level");
    for (int w = 0; w < 4; w++) {
      run.window("modulo", 0, w, .7, 100_000).window("two", 0, w, .8, 100_000);
    }
    assertThat(verdict().sentence()).contains("(2 late windows are too few to tell from noise)");
  }

  @Test
  void withoutFiguresThereIsNoVerdict() throws IOException {
    Verdict verdict = verdict();
    assertThat(verdict.arm()).isNull();
    assertThat(verdict.sentence()).startsWith("No verdict yet");
    assertThat(verdict.command()).isEmpty();
  }

  @Test
  void theTerminalShowsTheSameSentenceInAscii() throws IOException {
    run.arm("two", "two-level");
    windows("two", 0, .7, 1_000);
    Briefing briefing = run.briefing();
    assertThat(briefing.text()).isEqualTo("verdict: " + briefing.verdict().sentence() + "\n");
    assertThat(briefing.json().get("sentence").asText()).isEqualTo(briefing.verdict().sentence());
  }

  /** Law: by hand, t(.975, 2) = 4.303: 1, 2, 3 have the mean 2 and s / sqrt(n) = .57735. */
  @Test
  void pairedTestByHand() {
    PairedTest test = PairedTest.of(new double[] {1, 2, 3});
    assertThat(test.mean()).isEqualTo(2);
    assertThat(test.half()).isBetween(2.4842, 2.4844);
    assertThat(test.better()).isFalse();
    assertThat(PairedTest.of(new double[] {1.9, 2, 2.1}).better()).isTrue();
    assertThat(PairedTest.of(new double[] {-1.9, -2, -2.1}).worse()).isTrue();
    assertThat(PairedTest.of(new double[] {1, 2}).known()).isFalse();
  }
}
