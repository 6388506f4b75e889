package io.millrace.flink.operator;

import io.millrace.runs.JobMetric;
import io.millrace.runs.Webhook;
import io.millrace.state.ReportLine;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Forwards all lines, and posts alerts to a webhook.
 *
 * <p>An alert is posted at once, not when a checkpoint is complete. So it may be posted again after
 * a failure, and it is lost if the webhook does not answer. The topic of alerts holds each alert
 * exactly once.
 */
public final class WebhookOperator extends AbstractStreamOperator<ReportLine>
    implements OneInputStreamOperator<ReportLine, ReportLine> {
  private static final long serialVersionUID = 1L;

  private final String url;
  private transient Webhook webhook;

  /** Posts to {@code url}. */
  public WebhookOperator(StreamOperatorParameters<ReportLine> parameters, String url) {
    super(parameters);
    this.url = url;
  }

  @Override
  public void open() throws Exception {
    super.open();
    webhook = new Webhook(url);
    getMetricGroup().gauge(JobMetric.WEBHOOK_DELIVERED_TOTAL.key(), () -> webhook.delivered());
    getMetricGroup().gauge(JobMetric.WEBHOOK_LOST_TOTAL.key(), () -> webhook.lost());
  }

  @Override
  public void processElement(StreamRecord<ReportLine> element) {
    if (element.getValue().kind() == ReportLine.Kind.ALERT) {
      webhook.post(element.getValue().json());
    }
    output.collect(element);
  }

  @Override
  public void close() throws Exception {
    super.close();
    if (webhook != null) {
      webhook.close();
    }
  }
}
