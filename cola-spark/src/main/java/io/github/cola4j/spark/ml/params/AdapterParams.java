package io.github.cola4j.spark.ml.params;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterConfigBuilder;
import java.util.List;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/**
 * How layers are adapted: the params of an {@link AdapterConfig}.
 *
 * @param <T> the stage
 */
public interface AdapterParams<T> extends Params {
  /** Param: name of the adapter method. */
  default Param<String> method() {
    return ParamSet.of(this, "method");
  }

  default String getMethod() {
    return getOrDefault(method());
  }

  default T setMethod(String value) {
    return ParamSet.set(this, method(), value);
  }

  /** Param: number of A matrices. */
  default IntParam a() {
    return ParamSet.of(this, "a");
  }

  default int getA() {
    return (int) getOrDefault(a());
  }

  default T setA(int value) {
    return ParamSet.set(this, a(), value);
  }

  /** Param: number of B matrices. */
  default IntParam b() {
    return ParamSet.of(this, "b");
  }

  default int getB() {
    return (int) getOrDefault(b());
  }

  default T setB(int value) {
    return ParamSet.set(this, b(), value);
  }

  /** Param: rank of the matrices. */
  default IntParam rank() {
    return ParamSet.of(this, "rank");
  }

  default int getRank() {
    return (int) getOrDefault(rank());
  }

  default T setRank(int value) {
    return ParamSet.set(this, rank(), value);
  }

  /** Param: numerator of the scaling. */
  default DoubleParam alpha() {
    return ParamSet.of(this, "alpha");
  }

  default double getAlpha() {
    return (double) getOrDefault(alpha());
  }

  default T setAlpha(double value) {
    return ParamSet.set(this, alpha(), value);
  }

  /** Param: name of the pairing strategy. */
  default Param<String> pairing() {
    return ParamSet.of(this, "pairing");
  }

  default String getPairing() {
    return getOrDefault(pairing());
  }

  default T setPairing(String value) {
    return ParamSet.set(this, pairing(), value);
  }

  /** Param: name of the initialiser. */
  default Param<String> init() {
    return ParamSet.of(this, "init");
  }

  default String getInit() {
    return getOrDefault(init());
  }

  default T setInit(String value) {
    return ParamSet.set(this, init(), value);
  }

  /** Param: probability of dropping an input. */
  default DoubleParam dropout() {
    return ParamSet.of(this, "dropout");
  }

  default double getDropout() {
    return (double) getOrDefault(dropout());
  }

  default T setDropout(double value) {
    return ParamSet.set(this, dropout(), value);
  }

  /** Param: the modules that are adapted. */
  default StringArrayParam targets() {
    return ParamSet.of(this, "targets");
  }

  default String[] getTargets() {
    return getOrDefault(targets());
  }

  default T setTargets(String[] value) {
    return ParamSet.set(this, targets(), value);
  }

  /**
   * The configuration that the params make.
   *
   * @throws IllegalArgumentException if they do not go together
   */
  default AdapterConfig adapterConfig() {
    return AdapterConfigBuilder.builder()
        .method(getMethod())
        .a(ParamSet.orNull(this, a()))
        .b(ParamSet.orNull(this, b()))
        .rank(getRank())
        .alpha(ParamSet.orNull(this, alpha()))
        .pairing(getPairing())
        .init(ParamSet.orNull(this, init()))
        .dropout(getDropout())
        .targets(List.of(getTargets()))
        .build();
  }
}
