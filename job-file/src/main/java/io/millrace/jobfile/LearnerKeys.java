package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.number;
import static io.millrace.jobfile.Kind.positive;
import static io.millrace.jobfile.Range.NO_LIMIT;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.linear.LinearOptions;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.LearnerOptions;
import io.millrace.table.MletOptions;

/** The keys of the section {@code student} that an arm may override. */
final class LearnerKeys {

  private final TrainerKeys trainer;
  private final ConfigKey<Integer> mletK;
  private final ConfigKey<Double> mletStd;
  private final ConfigKey<MletOptions.Shared> mletShared;
  private final Keys linear;
  private final ConfigKey<Double> share;
  private final ConfigKey<Integer> slots;
  private final ConfigKey<Double> alpha;
  private final ConfigKey<Double> beta;
  private final ConfigKey<Double> l1;
  private final ConfigKey<Double> l2;
  private final ConfigKey<Integer> bins;
  private final ConfigKey<LinearOptions.Precision> served;

  /** Defines the keys in a section. */
  LearnerKeys(Keys keys) {
    trainer = new TrainerKeys(keys, "16", "linear", "0.02");
    mletK =
        keys.key("mlet_k", "0", integer(0, 4096))
            .doc("inner dimension of factorised tables (table mlet), at least dim; 0 for dim");
    mletStd =
        keys.key("mlet_std", "0.0625", positive())
            .doc("standard deviation of random initial values in the factors (table mlet)");
    mletShared =
        keys.key("mlet_shared", "dense", choice(MletOptions.Shared.class))
            .doc(
                "how the factor that all rows share is learned (table mlet): dense starts as the"
                    + " identity and learns by student.dense, as a layer of the MLPs; table starts"
                    + " at random and learns by student.table, as rows do and as in the paper");
    linear = keys.section("linear");
    share =
        linear
            .key("share", "0.2", number(0, .95))
            .doc(
                "share of an arm's bytes that its linear part takes, a hashed logistic regression"
                    + " whose logit is added to the network's; 0 for none unless slots is set; an"
                    + " arm with hash none is a linear part alone and takes all of its bytes");
    slots =
        linear
            .key("slots", "0", integer(0, 1 << 29, "weights"))
            .doc("number of weights of the linear part; 0 to use share");
    alpha =
        linear
            .key("alpha", "0", number(0, NO_LIMIT))
            .doc("learning rate of the linear part; 0 for 0.035 beside a network and 0.1 alone");
    beta =
        linear
            .key("beta", "1", number(0, NO_LIMIT))
            .doc("a weight's rate is alpha / (beta + sqrt(n)), n its sum of squared gradients");
    l1 =
        linear
            .key("l1", "0", number(0, NO_LIMIT))
            .doc("weights with less evidence than this are exactly 0");
    l2 = linear.key("l2", "1", number(0, NO_LIMIT)).doc("pulls the weights towards 0");
    bins =
        linear
            .key("bins", "8", integer(0, 1 << 16))
            .doc(
                "bins per unit of a transformed dense value, each bin with a weight; 0 to leave the"
                    + " dense columns out of the linear part");
    served =
        linear
            .key("served", "float16", choice(LinearOptions.Precision.class))
            .doc("form of the linear part's weights in published models");
  }

  /**
   * Reads the settings of an arm.
   *
   * @param hash of the arm; null for those of all arms
   */
  LearnerOptions read(ConfigSection in, ArmSpec.Hash hash) {
    TrainerOptions learned = trainer.read(in, hash == ArmSpec.Hash.NONE);
    ConfigSection below = in.section(linear);
    LinearOptions options =
        in.checked(
            () ->
                new LinearOptions(
                    below.get(slots),
                    below.get(share),
                    below.get(alpha),
                    below.get(beta),
                    below.get(l1),
                    below.get(l2),
                    below.get(bins),
                    below.get(served)));
    return in.checked(() -> new LearnerOptions(learned, mlet(in), options));
  }

  private MletOptions mlet(ConfigSection in) {
    return in.checked(() -> new MletOptions(in.get(mletK), in.get(mletStd), in.get(mletShared)));
  }
}
