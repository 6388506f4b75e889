package io.millrace.flink.operator;

import java.io.Serializable;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/**
 * Makes operators on the task manager. Their options are serialised, the operators themselves
 * never.
 *
 * @param <IN> records in
 * @param <OUT> records out
 */
public final class OperatorFactory<IN, OUT> extends AbstractStreamOperatorFactory<OUT>
    implements OneInputStreamOperatorFactory<IN, OUT> {
  private static final long serialVersionUID = 1L;

  private final Class<? extends StreamOperator<?>> type;
  private final Maker<IN, OUT> maker;

  /**
   * Makes one operator.
   *
   * @param <IN> records in
   * @param <OUT> records out
   */
  @FunctionalInterface
  public interface Maker<IN, OUT> extends Serializable {
    /** Makes it from what Flink gives each operator. */
    OneInputStreamOperator<IN, OUT> make(StreamOperatorParameters<OUT> parameters);
  }

  private OperatorFactory(Class<? extends StreamOperator<?>> type, Maker<IN, OUT> maker) {
    this.type = type;
    this.maker = maker;
  }

  /** A factory of operators of class {@code type}. */
  public static <IN, OUT> OperatorFactory<IN, OUT> of(
      Class<? extends StreamOperator<OUT>> type, Maker<IN, OUT> maker) {
    return new OperatorFactory<>(type, maker);
  }

  @Override
  @SuppressWarnings("TypeParameterUnusedInFormals") // the signature of the interface
  public <T extends StreamOperator<OUT>> T createStreamOperator(
      StreamOperatorParameters<OUT> parameters) {
    @SuppressWarnings("unchecked") // required by the signature of the interface
    T operator = (T) maker.make(parameters);
    return operator;
  }

  @Override
  @SuppressWarnings("rawtypes") // the signature of the interface
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader loader) {
    return type;
  }
}
