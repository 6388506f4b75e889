package io.millrace.flink.graph;

import io.millrace.flink.operator.OperatorFactory;
import io.millrace.state.RecordFormat;
import io.millrace.state.RecordType;
import io.millrace.state.ReportLine;
import java.util.List;
import java.util.function.Function;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;

/** Adds operators to a graph. */
final class Operators {

  private Operators() {}

  /** The union of one output of each operator. */
  static <S, T> DataStream<T> union(
      List<? extends S> operators, Function<? super S, ? extends DataStream<T>> output) {
    DataStream<T> all = output.apply(operators.get(0));
    for (S operator : operators.subList(1, operators.size())) {
      all = all.union(output.apply(operator));
    }
    return all;
  }

  /** Adds an operator that has one input. */
  static <I, O> SingleOutputStreamOperator<O> add(
      DataStream<I> input,
      String uid,
      int parallelism,
      RecordFormat<O> format,
      Class<? extends StreamOperator<O>> type,
      OperatorFactory.Maker<I, O> maker) {
    return named(
        input.transform(uid, RecordType.of(format), OperatorFactory.of(type, maker)),
        uid,
        parallelism);
  }

  /** Adds an operator of one subtask that emits report lines. */
  static <I> SingleOutputStreamOperator<ReportLine> lines(
      DataStream<I> input,
      String uid,
      Class<? extends StreamOperator<ReportLine>> type,
      OperatorFactory.Maker<I, ReportLine> maker) {
    return add(input, uid, 1, new ReportLine.Format(), type, maker);
  }

  /** Adds an operator of one subtask and two inputs that emits report lines. */
  static <A, B> SingleOutputStreamOperator<ReportLine> lines(
      DataStream<A> first,
      DataStream<B> second,
      String uid,
      TwoInputStreamOperator<A, B, ReportLine> operator) {
    var lines = first.connect(second);
    return named(lines.transform(uid, RecordType.of(new ReportLine.Format()), operator), uid, 1);
  }

  /** Sets the name, and as uid the same text, by which a savepoint finds the operator. */
  private static <T> SingleOutputStreamOperator<T> named(
      SingleOutputStreamOperator<T> stream, String uid, int parallelism) {
    return stream.uid(uid).name(uid).setParallelism(parallelism);
  }
}
