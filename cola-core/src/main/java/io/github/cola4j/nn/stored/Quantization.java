package io.github.cola4j.nn.stored;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** Which small numbers the frozen linear layers' weights are kept as. */
public enum Quantization {
  /** 8-bit integers with a float32 scale a row, the output channel: {@link Int8Matrix}. */
  @JsonProperty("int8")
  INT8 {
    @Override
    public QuantizedCopy copy(int out, int in) {
      return new Int8Copy(out, in);
    }
  },
  /** 4-bit NormalFloat in blocks of 64 with double quantisation: {@link Nf4Matrix}. */
  @JsonProperty("nf4")
  NF4 {
    @Override
    public QuantizedCopy copy(int out, int in) {
      return new Nf4Copy(out, in);
    }
  };

  /** Makes a quantised copy of a matrix [out × in], rows by rows. */
  public abstract QuantizedCopy copy(int out, int in);

  /** As in a job file. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
