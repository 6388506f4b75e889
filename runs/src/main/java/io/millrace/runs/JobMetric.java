package io.millrace.runs;

import java.util.Locale;

/**
 * Every metric that the job's operators register themselves, but for the figures of windows, which
 * are columns of lines. {@code docs/metrics.md} lists them, and is printed from here.
 *
 * <p>The end of a name is its unit: {@code _seconds} or {@code _bytes}; {@code _total} means that
 * the value only grows between two starts of the job. A name without one counts things.
 */
public enum JobMetric implements MetricName {
  EVENTS_READ_TOTAL("gate", "records that came in"),
  EVENTS_LATE_TOTAL("gate", "late events among them"),
  EVENTS_DROPPED_LATE_TOTAL("gate", "late events that were too late, and dropped"),
  EVENTS_REJECTED_TOTAL("gate", "records that are not events"),
  WATERMARK_TIMESTAMP_SECONDS("gate", "event time that is complete, since 1970"),
  ACCESSES_AFTER_CLOSE_TOTAL(
      "counts", "ids that came for a pane after its end, and are not counted"),
  SHARDS("counts", "shards of fields that have been touched since the start"),
  IDS("counts", "ids with a decayed count in them; bounded by `counts.max_ids`"),
  PANE_IDS(
      "counts",
      "ids in the tallies of their open panes, once for each pane, and of their open sub-windows where `hash.refresh` builds maps within panes; without those that wait for a page that is away"),
  PAGES("counts", "pages of their tables, on the heap or in the state backend alone"),
  PAGES_HELD("counts", "pages on the heap, whole or what has been added to them lately"),
  PAGES_DIRTY(
      "counts", "pages that have changed since they were written; a checkpoint writes them"),
  PAGES_HELD_BYTES("counts", "heap that the pages held take; bounded by `counts.memory_mb`"),
  PAGE_EVICTIONS_TOTAL(
      "counts",
      "pages that have left the heap to make room: where this grows with every second, more memory makes counting faster"),
  PAGE_READS_TOTAL("counts", "pages read from the state backend"),
  PAGE_WRITES_TOTAL("counts", "pages written to the state backend"),
  DRIFT_ALERTS_TOTAL(
      "watch, watch-students",
      "changes seen; each is a line of `alerts.jsonl` and of the topic of alerts"),
  WEBHOOK_DELIVERED_TOTAL(
      "webhook", "alerts that the webhook has accepted; only with `drift.webhook`"),
  WEBHOOK_LOST_TOTAL(
      "webhook", "alerts that the webhook has not accepted; only with `drift.webhook`"),
  MAPS_BUILT_TOTAL("maps", "builds of a field's maps that are done"),
  BUILDS_PENDING("maps", "builds that wait or run"),
  LAST_BUILD_SECONDS("maps", "how long the last build took"),
  EVENTS_LEARNED_TOTAL("teacher, student", "events learned"),
  EVENTS_SKIPPED_TOTAL(
      "teacher, student", "events left out, as their batch would have made the model useless"),
  EVENTS_HELD_BACK(
      "teacher, student",
      "events held back until it is decided whether maps are due and, in a student, until these are there, bounded by `student.max_held`; the teacher holds back ends of sub-windows and watermarks too, and nothing unless `hash.refresh` lets changes make maps due"),
  MAP_VERSION("student", "newest map in use"),
  MODEL_VERSION("student", "newest version published"),
  MODELS_UNPUBLISHED("student", "versions that wait until they can be written"),
  PUBLISH_FAILURES_TOTAL("student", "attempts to write a version that failed"),
  SERVING_BYTES("student", "the model as it is served"),
  WAITED_FOR_MAPS_SECONDS_TOTAL("student", "time spent waiting for maps"),
  CHECKPOINT_STOP_SECONDS(
      "teacher, student", "how long learning stood still for the last checkpoint"),
  CHECKPOINT_STOP_SECONDS_TOTAL(
      "teacher, student", "how long learning stood still for all checkpoints"),
  CHECKPOINT_KEPT_ASIDE_BYTES(
      "teacher, student",
      "most of the model that had to be kept aside while the last checkpoint was written");

  private final String operators;
  private final String what;

  JobMetric(String operators, String what) {
    this.operators = operators;
    this.what = what;
  }

  @Override
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Operators that register it. */
  public String operators() {
    return operators;
  }

  /** What it says, in Markdown. */
  public String what() {
    return what;
  }
}
