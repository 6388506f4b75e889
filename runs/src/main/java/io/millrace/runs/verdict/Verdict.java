package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.MetricColumns;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Which arm of a run to serve, in one sentence that terminal, page and report share.
 *
 * <p>The figure is AUC of predictions made before learning, over the last half of the windows. The
 * best arm is sought among all but {@code full}, whose table grows with the ids. Of the arms that
 * are not worse than the best beyond noise ({@link PairedTest}), the smallest is proposed; of those
 * that take like bytes, the best. Bytes are those of rows, map and linear part.
 *
 * @param arm the arm to serve; null if nothing can be said yet
 * @param sentence the verdict
 * @param command serves the arm's newest model; empty if it has none
 */
public record Verdict(String arm, String sentence, String command) {

  private static final ToDoubleFunction<JsonNode> AUC = MetricColumns.AUC;

  /** The verdict on a run. */
  public static Verdict of(RunData files, Comparison comparison) {
    List<String> candidates =
        new ArrayList<>(
            comparison.arms().stream().filter(a -> comparison.late(a, AUC).known()).toList());
    if (candidates.size() > 1) {
      candidates.remove(comparison.full());
    }
    if (candidates.isEmpty()) {
      return new Verdict(
          null, "No verdict yet: no window with clicks and other events has ended.", "");
    }
    String arm = choose(comparison, candidates);
    return new Verdict(arm, sentence(comparison, candidates, arm), command(files, arm));
  }

  private static String choose(Comparison comparison, List<String> candidates) {
    Comparator<String> byAuc = Comparator.comparingDouble(a -> comparison.late(a, AUC).mean());
    String best = candidates.stream().max(byAuc).orElseThrow();
    List<String> good =
        candidates.stream()
            .filter(a -> a.equals(best) || !beaten(comparison, best, a))
            .sorted(Comparator.comparingDouble(a -> bytes(comparison, a)))
            .toList();
    String smallest = good.get(0);
    return good.stream()
        .filter(a -> a.equals(smallest) || comparison.alikeInBytes(a, smallest))
        .max(byAuc)
        .orElseThrow();
  }

  /** Whether an arm is behind the best: beyond noise or, where noise is unknown, at all. */
  private static boolean beaten(Comparison comparison, String best, String arm) {
    PairedTest test = test(comparison, /* arm= */ best, /* base= */ arm);
    return test.known() ? test.better() : test.mean() > 0;
  }

  private static PairedTest test(Comparison comparison, String arm, String base) {
    return PairedTest.of(comparison.differences(arm, base, AUC));
  }

  private static double bytes(Comparison comparison, String arm) {
    return comparison.newest(arm, ArmFigures::totalBytes);
  }

  private static String sentence(Comparison comparison, List<String> candidates, String arm) {
    StringBuilder text =
        new StringBuilder(
            "Serve %s: AUC %s".formatted(arm, Format.score(comparison.late(arm, AUC).mean())));
    List<String> gains = new ArrayList<>();
    Comparison.Base base = comparison.baseOf(arm);
    String linear = comparison.linearOf(arm);
    if (base != null) {
      String like = base.bytes() ? "" : " of like rows";
      gains.add(gain(comparison, arm, base.arm(), "plain hash " + base.arm() + like));
    }
    if (linear != null) {
      gains.add(gain(comparison, arm, linear, "linear model " + linear));
    }
    String full = comparison.full();
    boolean behind = full != null && !full.equals(arm);
    if (gains.isEmpty() && candidates.size() > 1) {
      gains.add(nearest(comparison, candidates, arm));
    } else if (gains.isEmpty() && behind) {
      gains.add(gain(comparison, arm, full, "row for each id of " + full));
      behind = false;
    }
    text.append(gains.isEmpty() ? "" : ", " + String.join(" and ", gains));
    text.append(
        ", in %s of rows, map and linear part".formatted(Format.bytes(bytes(comparison, arm))));
    text.append(gains.isEmpty() ? "" : doubt(comparison));
    text.append(behind ? ahead(comparison, full, arm) : "");
    text.append(gains.isEmpty() ? "" : oneSeed(comparison));
    return text.append('.').toString();
  }

  /** The gain over another arm with its spread, or that it is within noise. */
  private static String gain(Comparison comparison, String arm, String base, String name) {
    PairedTest test = test(comparison, arm, base);
    String difference = Format.signed(comparison.difference(arm, base, AUC));
    String noise = "";
    if (test.known()) {
      noise = test.better() || test.worse() ? "" : " (within noise)";
    } else if (doubt(comparison).isEmpty()) {
      noise = " (too few common windows to tell from noise)";
    }
    return difference + " against the " + name + noise;
  }

  /** Says where no difference can be told from noise. */
  private static String doubt(Comparison comparison) {
    int seeds = comparison.seeds();
    int windows = comparison.lateWindows().size();
    if ((seeds > 1 ? seeds : windows) >= PairedTest.FEWEST) {
      return "";
    }
    return seeds > 1
        ? " (%,d seeds are too few to tell from noise)".formatted(seeds)
        : " (%,d late window%s too few to tell from noise)"
            .formatted(windows, windows == 1 ? " is" : "s are");
  }

  /** What one seed cannot say. */
  private static String oneSeed(Comparison comparison) {
    return comparison.seeds() > 1 || !doubt(comparison).isEmpty()
        ? ""
        : "; one seed, compared window by window: other seeds may differ";
  }

  /** The best of the other arms, where there is neither a plain hash nor a linear model. */
  private static String nearest(Comparison comparison, List<String> candidates, String arm) {
    String next =
        candidates.stream()
            .filter(a -> !a.equals(arm))
            .max(Comparator.comparingDouble(a -> comparison.late(a, AUC).mean()))
            .orElseThrow();
    return gain(comparison, arm, next, "next best arm " + next);
  }

  /** How far the arm with a row for each id is ahead, and what it takes. */
  private static String ahead(Comparison comparison, String full, String arm) {
    if (!test(comparison, full, arm).better()) {
      return "";
    }
    return "; %s, a row for each id, is ahead by %s in %s"
        .formatted(
            full,
            Format.score(comparison.difference(full, arm, AUC).mean()),
            Format.bytes(bytes(comparison, full)));
  }

  private static String command(RunData files, String arm) {
    return files.models().stream().anyMatch(model -> model.arm().equals(arm))
        ? "./millrace serve --model %s/%s/%s".formatted(files.place(), RunFiles.MODELS, arm)
        : "";
  }
}
