package io.github.cola4j.model;

import io.github.cola4j.data.Tokenizer;
import io.github.cola4j.io.HuggingFaceModel;
import java.util.concurrent.ConcurrentHashMap;
import org.nd4j.linalg.api.buffer.DataType;

/** A frozen model and its tokenizer, as a machine holds them once for all its threads. */
public final class BaseModel {
  private final String location;
  private final String fingerprint;
  private final BertEncoder encoder;
  private final byte[] tokenizerJson;
  private final ConcurrentHashMap<Integer, Tokenizer> tokenizers = new ConcurrentHashMap<>();

  private BaseModel(
      String location, String fingerprint, BertEncoder encoder, byte[] tokenizerJson) {
    this.location = location;
    this.fingerprint = fingerprint;
    this.encoder = encoder;
    this.tokenizerJson = tokenizerJson;
  }

  /**
   * Loads a model.
   *
   * @param location as {@link HuggingFaceModel#open} takes it: a folder, or {@code
   *     classpath:all-minilm-l6-v2}
   * @throws IllegalArgumentException if a file is missing, damaged or of another architecture, or
   *     the tokenizer does not belong to the model
   */
  public static BaseModel load(String location) {
    try (HuggingFaceModel files = HuggingFaceModel.open(location)) {
      BaseModel model =
          new BaseModel(
              location,
              files.fingerprint(),
              new BertEncoder(files.config(), files.weights(), DataType.FLOAT),
              files.tokenizerJson());
      model.tokenizer(files.config().maxPositions());
      return model;
    }
  }

  /** Where it was loaded from. */
  public String location() {
    return location;
  }

  /** SHA-256 of configuration, weights and tokenizer. */
  public String fingerprint() {
    return fingerprint;
  }

  /** The frozen encoder. */
  public BertEncoder encoder() {
    return encoder;
  }

  /**
   * The tokenizer for texts of at most so many tokens, and never more than the model's positions.
   */
  public Tokenizer tokenizer(int maxLength) {
    int limit = Math.min(maxLength, encoder.config().maxPositions());
    return tokenizers.computeIfAbsent(
        limit,
        length ->
            new Tokenizer(
                tokenizerJson, location + "/tokenizer.json", encoder.config().vocabSize(), length));
  }
}
