package io.github.cola4j.data;

import java.io.Serializable;
import java.util.Arrays;

/**
 * An example as a model takes it.
 *
 * @param input its tokens, its pixels, or its features
 * @param labels of a classification, the class's number alone, of several labels 0 or 1 for each
 *     class, of a regression the bits of its number ({@link Float#floatToIntBits}); of a pair, the
 *     number of the preferred answer alone; of a language model, for each token the id of the next
 *     one; {@link #IGNORED} where none counts
 * @param weight how much the loss of its labels counts in training
 */
public record Sample(Input input, int[] labels, double weight) implements Serializable {
  /** A label that does not count, as PyTorch has it. */
  public static final int IGNORED = -100;

  /** What a model computes an answer from. */
  public sealed interface Input extends Serializable {

    /** The number of tokens, of an image those that a model makes of it, or of features. */
    int length();
  }

  /**
   * A text.
   *
   * @param ids token ids, special tokens included
   * @param typeIds segment ids, as many
   */
  public record Tokens(int[] ids, int[] typeIds) implements Input {
    @Override
    public int length() {
      return ids.length;
    }
  }

  /**
   * An image, of which a model gets scale · value + shift of each channel. Values stay bytes until
   * a batch is made: a quarter of the memory.
   *
   * @param values from 0 to 255, channel by channel and row by row [channels · height · width]
   * @param scale of each channel
   * @param shift of each channel
   * @param tokens how many tokens a model makes of it
   */
  public record Pixels(byte[] values, float[] scale, float[] shift, int tokens) implements Input {
    @Override
    public int length() {
      return tokens;
    }

    /** Writes the numbers that a model gets. */
    void write(float[] target, int at) {
      int plane = values.length / scale.length;
      for (int i = 0; i < values.length; i++) {
        int channel = i / plane;
        target[at + i] = (values[i] & 0xff) * scale[channel] + shift[channel];
      }
    }
  }

  /** Numbers, as a network without a tokenizer takes them. */
  public record Features(float[] values) implements Input {
    @Override
    public int length() {
      return values.length;
    }
  }

  /** Two answers to the same, each with labels of its own tokens, of which one is preferred. */
  public record Pair(Sample chosen, Sample rejected) implements Input {
    /** The tokens of both. */
    @Override
    public int length() {
      return chosen.length() + rejected.length();
    }
  }

  /** A pair, whose one label is the answer that is preferred: 0, the first. */
  public static Sample preference(Sample chosen, Sample rejected) {
    return new Sample(new Pair(chosen, rejected), new int[] {0});
  }

  /** A sample of weight 1. */
  public Sample(Input input, int[] labels) {
    this(input, labels, 1);
  }

  /** A text with labels. */
  public Sample(int[] ids, int[] typeIds, int[] labels) {
    this(new Tokens(ids, typeIds), labels);
  }

  /** A text of a class, or of {@link #IGNORED}. */
  public Sample(int[] ids, int[] typeIds, int label) {
    this(ids, typeIds, new int[] {label});
  }

  /** The same with another weight. */
  public Sample weighted(double other) {
    return new Sample(input, labels, other);
  }

  /** The number of tokens, of an image those that a model makes of it, or of features. */
  public int length() {
    return input.length();
  }

  /**
   * The token ids.
   *
   * @throws IllegalArgumentException if the sample has features
   */
  public int[] ids() {
    return tokens().ids();
  }

  /**
   * The segment ids.
   *
   * @throws IllegalArgumentException if the sample has features
   */
  public int[] typeIds() {
    return tokens().typeIds();
  }

  private Tokens tokens() {
    if (input instanceof Tokens tokens) {
      return tokens;
    }
    throw new IllegalArgumentException(
        "expected a tokenised sample, got "
            + (input instanceof Pixels ? "an image" : "one of " + length() + " features"));
  }

  /**
   * The image.
   *
   * @throws IllegalArgumentException if the sample has tokens or features
   */
  public Pixels pixels() {
    if (input instanceof Pixels pixels) {
      return pixels;
    }
    throw new IllegalArgumentException("expected an image, got a sample of " + length());
  }

  /**
   * The features.
   *
   * @throws IllegalArgumentException if the sample has tokens
   */
  public float[] features() {
    if (input instanceof Features features) {
      return features.values();
    }
    throw new IllegalArgumentException(
        "expected a sample of features, got one of " + length() + " tokens");
  }

  /** The number of supervised tokens: those with a label that counts. */
  public int supervised() {
    return (int) Arrays.stream(labels).filter(label -> label != IGNORED).count();
  }
}
