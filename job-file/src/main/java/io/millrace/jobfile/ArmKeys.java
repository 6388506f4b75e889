package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.flag;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.name;
import static io.millrace.jobfile.Kind.number;
import static io.millrace.jobfile.Kind.positive;
import static io.millrace.jobfile.Kind.text;
import static io.millrace.jobfile.Range.ABOVE_ZERO;

import io.millrace.spec.ArmSpec;
import io.millrace.spec.Budget;
import io.millrace.spec.LearnerOptions;
import io.millrace.spec.ReplicaRules;
import io.millrace.spec.TableOptions;
import io.millrace.table.Combine;
import io.millrace.table.PepOptions;

/** Keys of each entry of the list {@code arms}: one student. */
final class ArmKeys {

  static final Keys KEYS = new Keys("arms[]");

  private static final ConfigKey<String> NAME =
      KEYS.key("name", null, name())
          .doc("unique name; appears in names of files and in metric lines");

  private static final ConfigKey<ArmSpec.Hash> HASH =
      KEYS.key("hash", "two-level", choice(ArmSpec.Hash.class)).doc("how ids are mapped to rows");

  private static final ConfigKey<Double> RATIO =
      KEYS.key("ratio", "0.1", number(ABOVE_ZERO, 1))
          .doc(
              "rows of a compressed field as a share of its expected_ids, over all internal tables");

  private static final ConfigKey<Integer> ROWS =
      KEYS.key("rows", "0", integer(0, Integer.MAX_VALUE, "rows"))
          .doc("rows of every compressed field; 0 to use ratio");

  private static final ConfigKey<String> BYTES =
      KEYS.key("bytes", "", text())
          .doc(
              "bytes of all compressed fields, for rows and maps together, divided between the"
                  + " fields in proportion to expected_ids: a number such as 250000, 250kB or"
                  + " 1.5MB, or a share of a full row in float32 per expected id, such as 10%; a row"
                  + " counts as a full vector in the format of publish.rows, also where tables are"
                  + " short or pruned; empty to use rows or ratio");

  private static final ConfigKey<ArmSpec.Table> TABLE =
      KEYS.key("table", "plain", choice(ArmSpec.Table.class))
          .doc("how rows are stored during training");

  private static final Keys MIXED = KEYS.section("mixed");

  private static final ConfigKey<Double> ALPHA =
      MIXED
          .key("alpha", "0.3", number(0, 1))
          .doc(
              "for table mixed: the rows of a field with n rows have a length proportional to n^-alpha");

  private static final ConfigKey<Integer> D0 =
      MIXED
          .key("d0", "0", integer(0, 4096, "floats"))
          .doc("row length of the smallest compressed field; 0 for student.dim");

  private static final ConfigKey<Double> SHARE =
      MIXED
          .key("share", "0", number(0, 1))
          .doc(
              "floats in the rows and projections of all compressed fields, as a share of the"
                  + " floats in full rows; 0 to use d0");

  private static final ConfigKey<Boolean> POWERS_OF_TWO =
      MIXED
          .key("powers_of_two", "false", flag())
          .doc("whether row lengths are rounded to powers of two");

  private static final Keys PEP = KEYS.section("pep");

  private static final ConfigKey<Double> KEEP =
      PEP.key("keep", "0.1", number(ABOVE_ZERO, 1))
          .doc("for table pep: share of the weights that remain after pruning");

  private static final ConfigKey<PepOptions.Granularity> GRANULARITY =
      PEP.key("granularity", "global", choice(PepOptions.Granularity.class))
          .doc(
              "weights that share a threshold: all (global), those of a dimension, those of a row"
                  + " (feature), or none (feature-dimension)");

  private static final ConfigKey<Double> START =
      PEP.key("start", "-9", number(-15, 15))
          .doc("initial logit of the thresholds; outside this range their gradient is 0");

  private static final ConfigKey<Double> LR =
      PEP.key("lr", "0.001", positive()).doc("learning rate of the thresholds (Adam)");

  private static final ConfigKey<Double> DRIFT =
      PEP.key("drift", "0.03", positive())
          .doc("greatest common change of all thresholds' logits per step towards keep");

  private static final ConfigKey<Double> LEAK =
      PEP.key("leak", "1", number(0, 1))
          .doc(
              "share of its gradient that a pruned weight receives, so that it can return; at 0 it"
                  + " never returns");

  private static final ConfigKey<String> MASK_FROM =
      KEYS.key("mask_from", "", text())
          .doc(
              "for table pep: folder of a published model, or of its arm, that all students can"
                  + " read. Weights that are pruned there stay pruned, ids that it does not know"
                  + " have no weights, and all other weights are trained from their initial values,"
                  + " which equal those of that run if seed and pep.start are the same; metrics are"
                  + " predictions only for events after the end of that run; empty to search for"
                  + " the weights to prune");

  private static final ConfigKey<String> COMBINE =
      KEYS.key("combine", "auto", choice("auto", "sum", "add", "mult", "concat"))
          .doc(
              "how several rows of an id become its vector: sum (also called add), mult"
                  + " (elementwise product, for qr only) or concat (each row is a slice of the"
                  + " vector); auto is mult for qr and sum for the others");

  private static final ConfigKey<String> INTERNAL_TABLES =
      KEYS.key("internal_tables", "1", choice("1", "D"))
          .doc(
              "number of tables in which a learned map finds a row: 1, for the value that"
                  + " hash.value selects; or D, one for each dimension of the teacher, clustered"
                  + " separately");

  private static final ConfigKey<Double> HOT =
      KEYS.key("hot", "0.01", number(0, 1))
          .doc(
              "share of a field's expected_ids that own a row in freq-double arms; at most half of"
                  + " the rows");

  private static final ConfigKey<Integer> REPLICAS =
      KEYS.key("replicas", "0", integer(0, RunKeys.MOST_TRAINERS, "replicas"))
          .doc(
              "number of copies of the student that learn side by side, each its share of the events;"
                  + " 0 for parallelism.trainers, or for 1 with hash full or table pep, which can"
                  + " have one only");

  private static final Keys STUDENT = KEYS.section("student").overriding(StudentKeys.KEYS);

  private static final LearnerKeys LEARNER = new LearnerKeys(STUDENT);

  private ArmKeys() {}

  /**
   * Reads an arm.
   *
   * @param student the section whose settings it overrides
   * @param teacherDim embedding dimension of the teacher
   * @param trainers replicas of an arm that does not set its own, where it can have several
   */
  static ArmSpec read(ConfigSection in, ConfigSection student, int teacherDim, int trainers) {
    String name = in.get(NAME);
    in.belongsTo(name);
    ArmSpec.Hash hash = in.get(HASH);
    LearnerOptions learner = LEARNER.read(in.section(STUDENT, student), hash);
    return in.checked(
        () ->
            new ArmSpec(
                name,
                hash,
                budget(in),
                in.get(TABLE),
                learner,
                new ArmSpec.Options(
                    combine(in.get(COMBINE)),
                    in.get(HOT),
                    in.get(INTERNAL_TABLES).equals("D") ? teacherDim : 1,
                    tables(in)),
                replicas(in, hash, trainers)));
  }

  private static int replicas(ConfigSection in, ArmSpec.Hash hash, int trainers) {
    int asked = in.get(REPLICAS);
    boolean alone = !ReplicaRules.obstacle(hash, in.get(TABLE)).isEmpty();
    return asked > 0 ? asked : alone ? 1 : trainers;
  }

  /** Bytes take precedence over rows, and rows over a ratio, which has a default. */
  private static Budget budget(ConfigSection in) {
    double ratio = in.get(RATIO);
    int rows = in.get(ROWS);
    String bytes = in.get(BYTES);
    return !bytes.isEmpty()
        ? Budget.bytes(bytes)
        : rows > 0 ? Budget.rows(rows) : Budget.ratio(ratio);
  }

  private static Combine combine(String key) {
    return switch (key) {
      case "auto" -> null;
      case "mult" -> Combine.MULT;
      case "concat" -> Combine.CONCAT;
      default -> Combine.SUM;
    };
  }

  private static TableOptions tables(ConfigSection in) {
    return new TableOptions(mixed(in.section(MIXED)), pep(in.section(PEP)), in.get(MASK_FROM));
  }

  private static TableOptions.Mixed mixed(ConfigSection in) {
    return new TableOptions.Mixed(in.get(ALPHA), in.get(D0), in.get(SHARE), in.get(POWERS_OF_TWO));
  }

  private static PepOptions pep(ConfigSection in) {
    double keep = in.get(KEEP);
    return new PepOptions(
        in.get(GRANULARITY), keep, in.get(START), in.get(LR), in.get(DRIFT), in.get(LEAK));
  }
}
