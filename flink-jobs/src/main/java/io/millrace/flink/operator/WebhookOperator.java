package io.millrace.flink.operator;

import io.millrace.runs.JobMetric;
import io.millrace.runs.Webhook;
import io.millrace.state.ReportLine;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Passes lines on, and posts alerts to a webhook beside them.
 *
 * <p>An alert is posted as soon as it is seen, not when a checkpoint has made it certain: after a
 * failure it may be posted again, and where the webhook does not answer it is lost there. In the
 * topic of alerts each is once.
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
