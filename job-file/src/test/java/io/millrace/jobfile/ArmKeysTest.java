package io.millrace.jobfile;

import static io.millrace.jobfile.SmallFile.SMALL;
import static io.millrace.jobfile.SmallFile.arm;
import static io.millrace.jobfile.SmallFile.fails;
import static io.millrace.jobfile.SmallFile.parse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Law: an arm is read as it is meant, or refused with key, value, rule and place. */
class ArmKeysTest {

  // Law: options that do not fit the hash are refused.
  @Test
  void armsThatMakeNoSenseAreNamedWithTheirPlace() {
    fails(
        SMALL.replace("{name: a, hash: full}", "{name: a, hash: double, combine: mult}"),
        "arms[0].combine must be sum or concat for hash double but was mult (job.yaml:8)");
    fails(
        "student: {dim: 15}\n"
            + SMALL.replace("{name: a, hash: full}", "{name: a, hash: double, combine: concat}"),
        "arms[0].combine must be sum, as student.dim (15) is no multiple of an id's 2 rows, but was"
            + " concat (job.yaml:9)");
  }

  // Law: D internal tables are as many as the teacher has dimensions.
  @Test
  void internalTablesAreTheTeachersDimensions() {
    String arm = "{name: a, hash: learned, internal_tables: D}";
    String yaml = "teacher: {dim: 4}\n" + SMALL.replace("{name: a, hash: full}", arm);
    assertThat(parse(yaml).spec().arms().get(0).lookups()).isEqualTo(4);
    fails(
        yaml.replace("learned", "qr"),
        "arms[0].internal_tables must be 1 for hash qr, as only learned maps have a table for each of"
            + " the teacher's dimensions (job.yaml:9)");
  }

  // Law: a budget in bytes goes before one in rows, and that before a ratio.
  @Test
  void budgetsAreRowsAfterBytes() {
    String small = SMALL.replace("expected_ids: 10", "expected_ids: 5000");
    for (String[] keyAndBudget :
        new String[][] {
          {"", "0.1"},
          {"ratio: 0.2", "0.2"},
          {"ratio: 0.2, rows: 7", "rows7"},
          {"ratio: 0.2, rows: 7, bytes: 1.5MB", "bytes1500000"},
          {"bytes: 5%", "share0.05"}
        }) {
      String arm = "{name: a, hash: two-level, " + keyAndBudget[0] + "}";
      assertThat(parse(small.replace("{name: a, hash: full}", arm)).spec().arms().get(0))
          .extracting(spec -> spec.budget().key())
          .isEqualTo(keyAndBudget[1]);
    }
    String hash = "hash: {min_rows: 1000}\n";
    fails(
        hash + small.replace("hash: full}", "hash: modulo, bytes: ten}"),
        "arms[0].bytes must be a number such as 250000, 250kB or 1.5MB, or a share such as 10%, but"
            + " was 'ten' (job.yaml:9)");
    fails(
        hash + small.replace("hash: full}", "hash: two-level, bytes: 500}"),
        "arms[0].bytes must be enough for two rows and a map in every field but leave 200 to u"
            + " (job.yaml:9)");
  }

  // Law: options that do not fit the table are refused.
  @Test
  void tablesThatMakeNoSenseAreNamedWithTheirPlace() {
    fails(
        arm("hash: full, table: pep, pep: {keep: 0}"),
        "arms[0].pep.keep must be > 0 and <= 1 but was '0' (job.yaml:8)");
    fails(
        arm("hash: full, table: pep, pep: {start: -150}"),
        "arms[0].pep.start must be in -15..15 but was '-150' (job.yaml:8)");
    fails(
        arm("hash: full, table: pep, pep: {granularity: field}"),
        "arms[0].pep.granularity must be one of global, dimension, feature, feature-dimension but"
            + " was 'field' (job.yaml:8)");
    fails(
        arm("hash: full, table: mixed, mixed: {alhpa: 1}"),
        "arms[0].mixed.alhpa is not a key; did you mean 'alpha'? (job.yaml:8)");
    fails(
        arm("hash: full, table: plain, mask_from: runs/x"),
        "arms[0].mask_from must be empty with table plain but was 'runs/x' (job.yaml:8)");
    String large = arm("hash: full, table: mixed, mixed: {d0: 17}") + "hash: {min_rows: 5}\n";
    fails(large, "arms[0].mixed.d0 must be <= student.dim (16) but was 17 (job.yaml:8)");
    String little = arm("hash: full, table: mixed, mixed: {share: 0.01}") + "hash: {min_rows: 5}\n";
    fails(
        little,
        "arms[0].mixed.share must be enough for a float a row and its projection, 52 of 320, but was 0.01 (job.yaml:8)");
  }

  // Law: the model of a mask is looked for only where something learns.
  @Test
  void aMaskIsLookedForWhereSomethingLearns() {
    JobConfig job = parse(arm("hash: full, table: pep, mask_from: runs/nowhere"));
    assertThatThrownBy(job::checkMasks)
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(
            "arms[0].mask_from must be a published model but was 'runs/nowhere': runs/nowhere (a"
                + " published model has a manifest.json");
    parse(arm("hash: full, table: pep")).checkMasks();
  }
}
