package io.millrace.runs;

import java.util.Locale;

/**
 * Every metric that the job's operators register themselves. Figures of windows are not among them:
 * they are columns of lines. The table in {@code docs/metrics.md} is printed from here.
 *
 * <p>A name ends in its unit, {@code _seconds} or {@code _bytes}; {@code _total} means that the
 * value only grows between two starts of the job. A name without a unit counts things.
 */
public enum JobMetric implements MetricName {
  EVENTS_READ_TOTAL("gate", "records read"),
  EVENTS_LATE_TOTAL("gate", "late events among the records read"),
  EVENTS_DROPPED_LATE_TOTAL("gate", "late events that were dropped"),
  EVENTS_REJECTED_TOTAL("gate", "records that are not events"),
  WATERMARK_TIMESTAMP_SECONDS("gate", "event time up to which events are complete, s since 1970"),
  ACCESSES_AFTER_CLOSE_TOTAL(
      "counts", "ids that came for a pane after it had closed, and are not counted"),
  SHARDS("counts", "shards that have had an access since the start"),
  IDS("counts", "ids with a decayed count in the shards; bounded by `counts.max_ids`"),
  PANE_IDS(
      "counts",
      "ids counted in open panes, once for each pane, and in open sub-windows where `hash.refresh` builds maps within panes; without ids that wait for a page to be read"),
  PAGES("counts", "pages of the shards' tables, on the heap or only in the state backend"),
  PAGES_HELD("counts", "pages on the heap, as a whole or only their newest additions"),
  PAGES_DIRTY(
      "counts", "pages that have changed since they were last written; a checkpoint writes them"),
  PAGES_HELD_BYTES("counts", "heap that pages take; bounded by `counts.memory_mb`"),
  PAGE_EVICTIONS_TOTAL(
      "counts",
      "pages that were removed from the heap to make room; if this grows every second, more memory makes counting faster"),
  PAGE_READS_TOTAL("counts", "pages read from the state backend"),
  PAGE_WRITES_TOTAL("counts", "pages written to the state backend"),
  DRIFT_ALERTS_TOTAL(
      "watch, watch-students",
      "alerts raised; each is a line of `alerts.jsonl` and of the topic of alerts"),
  WEBHOOK_DELIVERED_TOTAL(
      "webhook", "alerts that the webhook has accepted; only with `drift.webhook`"),
  WEBHOOK_LOST_TOTAL(
      "webhook", "alerts that the webhook has not accepted; only with `drift.webhook`"),
  WARNINGS_TOTAL(
      "files",
      "warnings; each is a line of `warnings.jsonl`. `kind_warnings_total`, with the label `kind`,"
          + " counts those of a kind; the schema of the lines lists the kinds"),
  MAPS_BUILT_TOTAL("maps", "finished builds of a field's maps"),
  BUILDS_PENDING("maps", "builds that wait or run"),
  LAST_BUILD_SECONDS("maps", "how long the last build took"),
  EVENTS_LEARNED_TOTAL("teacher, student", "events learned"),
  LEARNING_LAG_SECONDS(
      "teacher, student",
      "how far learning is behind the wall clock beyond `windows.lateness`: now, less the time of the newest event learned, less the lateness; NaN before the first event; in a replay, about the age of the events"),
  EVENTS_SKIPPED_TOTAL(
      "teacher, student",
      "events left out, as the loss of their batch is not a number or far too large"),
  EVENTS_EARLY_TOTAL(
      "teacher, student",
      "events learned ahead of their turn, because `student.max_held` others were held; if this is not 0, another run may have other figures"),
  EVENTS_OUT_OF_ORDER_TOTAL(
      "teacher, student",
      "events learned behind their turn, as they came after the watermark had passed their time, without late ones; if this is not 0, another run may have other figures; 0 where `student.order` is `arrival`"),
  EVENTS_HELD(
      "teacher, student",
      "events held until the watermark reaches them; bounded by `student.max_held`"),
  EVENTS_HELD_BYTES("teacher, student", "memory that the events held take, about"),
  EVENTS_HELD_BACK(
      "teacher, student",
      "steps (events, ends of sub-windows, watermarks) held back until the decision whether maps are due and, in a student, until the maps come; bounded in a student by `student.max_held`; the teacher holds steps back only where `hash.refresh` is `both` or `drift`"),
  MAP_VERSION("student", "newest map in use"),
  WAITS_FOR_MAPS(
      "student",
      "1 while its events wait for the maps that are due, 0 once it is live; see `student.wait_for_maps`"),
  MODEL_VERSION("student", "newest version published"),
  MODELS_UNPUBLISHED("student", "versions that wait until they can be written"),
  PUBLISH_FAILURES_TOTAL(
      "student",
      "attempts to write a version that failed, or were refused as a later run of this arm publishes"
          + " in the same folder"),
  PUBLISHES_REFUSED_TOTAL(
      "student",
      "versions and updates that `publish.gate` has refused. `reason_publishes_refused_total`, with"
          + " the label `reason`, counts those for one reason: `parameters`, `calibration` or `ne`"),
  MAPS_DROPPED_TOTAL("student", "trials (`hash.trial`) that ended without the new maps"),
  MAPS_UNGATED_TOTAL(
      "student",
      "switches to new maps that should have been on trial but were not: the student is above"
          + " `student.regret_memory_mb`, `student.regret_events` or the window before is too small, or"
          + " less than 30 events were on time"),
  UPDATES_EMITTED_TOTAL(
      "student", "updates of the served model that were emitted; only with `publish.updates`"),
  UPDATE_BYTES_TOTAL("student", "bytes of the records of all updates that were emitted"),
  UPDATE_ROWS_TOTAL("student", "rows and linear weights in all updates that were emitted"),
  UPDATE_INTERVAL("student", "number of the last update, over all runs of the arm"),
  OUTPUT_DEVIATION(
      "student",
      "standard deviation of the network's logits within the batches of the last closed window; 0 if its output does not vary, NaN before and without a network"),
  SERVING_BYTES("student", "size of the model as it is served"),
  WAITED_FOR_MAPS_SECONDS_TOTAL("student", "time spent waiting for maps"),
  COMMAND_BYTES_TOTAL(
      "student", "bytes of events and merges sent to its replicas; only with several replicas"),
  CHANGE_BYTES_TOTAL(
      "student",
      "bytes of its replicas' changes that it has read from the topic; those of replicas in its"
          + " process do not go there"),
  MERGED_ROWS_TOTAL(
      "student",
      "rows, and slots of the linear part, that merges have changed; a row that several replicas"
          + " have changed counts once for a merge"),
  MERGE_SECONDS_TOTAL("student", "time spent on merges"),
  CPU_SECONDS_TOTAL(
      "teacher, student, replicas",
      "processor time of the task's thread, without that of an engine's own threads; its growth per"
          + " second is the share of a core"),
  CHECKPOINT_BYTES(
      "teacher, student, replicas", "bytes of the model's state in the last checkpoint"),
  CHECKPOINT_STOP_SECONDS(
      "teacher, student", "how long learning stood still for the last checkpoint"),
  CHECKPOINT_STOP_SECONDS_TOTAL(
      "teacher, student", "how long learning stood still for all checkpoints"),
  CHECKPOINT_KEPT_ASIDE_BYTES(
      "teacher, student",
      "most bytes of the model that were kept aside while the last checkpoint was written");

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

  /** What it measures, in Markdown. */
  public String what() {
    return what;
  }
}
