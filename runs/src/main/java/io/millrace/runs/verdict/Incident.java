package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * Alerts that belong together: one event moves several streams, each of which raises an alert.
 *
 * @param begin event time of the first alert, ms
 * @param end event time of the last alert, ms
 * @param severity of the stream that has moved most
 * @param moved what has moved, in words, with figures
 * @param action what to do
 * @param alerts the lines of {@code alerts.jsonl}, ascending in time
 */
public record Incident(
    long begin,
    long end,
    Finding.Severity severity,
    String moved,
    String action,
    List<JsonNode> alerts) {}
