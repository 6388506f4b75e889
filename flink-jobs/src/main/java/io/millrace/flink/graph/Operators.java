package io.millrace.flink.graph;

import io.millrace.flink.operator.OperatorFactory;
import io.millrace.state.RecordFormat;
import io.millrace.state.RecordType;
import java.util.List;
import java.util.function.Function;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;

/** Adds operators to a graph. */
final class Operators {

  private Operators() {}

  /** One stream of those that {@code output} gives of each operator. */
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

  /** Adds an operator that has two inputs, with parallelism 1. */
  static <A, B, O> SingleOutputStreamOperator<O> add(
      DataStream<A> first,
      DataStream<B> second,
      String uid,
      RecordFormat<O> format,
      TwoInputStreamOperator<A, B, O> operator) {
    return named(first.connect(second).transform(uid, RecordType.of(format), operator), uid, 1);
  }

  /** Sets the name as uid too, by which an operator finds its state again. */
  private static <T> SingleOutputStreamOperator<T> named(
      SingleOutputStreamOperator<T> stream, String uid, int parallelism) {
    return stream.uid(uid).name(uid).setParallelism(parallelism);
  }
}
