package io.github.cola4j.model.bert;

import io.github.cola4j.model.Architecture.Peft;
import io.github.cola4j.model.pooling.Activation;
import java.util.List;
import java.util.Set;

/**
 * Encoders of BERT's block: what differs from one to the other by name. What differs by number is
 * in {@link BertConfig}.
 */
enum BertFamily {
  /** arXiv 1810.04805. */
  BERT(
      Set.of("bert"),
      new Peft("bert.", "classifier", "FEATURE_EXTRACTION", Set.of("pooler.dense")),
      BlockNames.BERT,
      List.of("pooler.", "cls."),
      true,
      "pooler.dense",
      Activation.TANH),
  /** RoBERTa (arXiv 1907.11692) and those trained as it was, for other languages. */
  ROBERTA(
      Set.of("roberta", "xlm-roberta", "camembert"),
      new Peft(
          "roberta.",
          "classifier.out_proj",
          "FEATURE_EXTRACTION",
          Set.of("pooler.dense", "classifier.dense")),
      BlockNames.BERT,
      List.of("pooler.", "lm_head."),
      false,
      "classifier.dense",
      Activation.TANH),
  /** arXiv 1910.01108. */
  DISTILBERT(
      Set.of("distilbert"),
      new Peft("distilbert.", "classifier", "FEATURE_EXTRACTION", Set.of("pre_classifier")),
      BlockNames.DISTILBERT,
      List.of("vocab_"),
      false,
      "pre_classifier",
      Activation.RELU),
  /** Generators and discriminators (arXiv 2003.10555). */
  ELECTRA(
      Set.of("electra"),
      new Peft("electra.", "classifier.out_proj", "FEATURE_EXTRACTION", Set.of("classifier.dense")),
      BlockNames.BERT,
      List.of("discriminator_predictions.", "generator_predictions.", "generator_lm_head."),
      true,
      "classifier.dense",
      Activation.GELU),
  /** arXiv 1909.11942. */
  ALBERT(
      Set.of("albert"),
      new Peft("albert.", "classifier", "FEATURE_EXTRACTION", Set.of("pooler")),
      BlockNames.ALBERT,
      List.of("pooler.", "predictions.", "sop_classifier."),
      true,
      "pooler",
      Activation.TANH),
  /** arXiv 2004.09297. */
  MPNET(
      Set.of("mpnet"),
      new Peft(
          "mpnet.",
          "classifier.out_proj",
          "FEATURE_EXTRACTION",
          Set.of("pooler.dense", "classifier.dense")),
      BlockNames.MPNET,
      List.of("pooler.", "lm_head."),
      false,
      "classifier.dense",
      Activation.TANH),
  /** Versions 2 and 3 (arXiv 2006.03654 and 2111.09543). */
  DEBERTA(
      Set.of("deberta-v2"),
      new Peft("deberta.", "classifier", "FEATURE_EXTRACTION", Set.of("pooler.dense")),
      BlockNames.DEBERTA,
      List.of("lm_predictions.", "mask_predictions.", "cls.", "lm_head."),
      true,
      "pooler.dense",
      Activation.GELU);

  private final Set<String> modelTypes;
  private final Peft peft;
  private final BlockNames blocks;
  private final List<String> preTraining;
  private final boolean segments;
  private final String classifierLayer;
  private final Activation activation;

  BertFamily(
      Set<String> modelTypes,
      Peft peft,
      BlockNames blocks,
      List<String> preTraining,
      boolean segments,
      String classifierLayer,
      Activation activation) {
    this.modelTypes = modelTypes;
    this.peft = peft;
    this.blocks = blocks;
    this.preTraining = preTraining;
    this.segments = segments;
    this.classifierLayer = classifierLayer;
    this.activation = activation;
  }

  /** The family of a {@code model_type}, which has one. */
  static BertFamily of(String modelType) {
    for (BertFamily family : values()) {
      if (family.modelTypes.contains(modelType)) {
        return family;
      }
    }
    throw new IllegalArgumentException("modelType must be a name such as bert, got " + modelType);
  }

  Set<String> modelTypes() {
    return modelTypes;
  }

  Peft peft() {
    return peft;
  }

  BlockNames blocks() {
    return blocks;
  }

  /** What the names of the heads of pre-training begin with, which nobody misses. */
  List<String> preTraining() {
    return preTraining;
  }

  /** Whether tokens have the segment that the tokenizer gives them; else all have the first. */
  boolean segments() {
    return segments;
  }

  /** Whether attention has a bias by the distance of two tokens. */
  boolean hasRelativeAttention() {
    return this == MPNET;
  }

  /** The linear layer that the family's own classifier has below its last. */
  String classifierLayer() {
    return classifierLayer;
  }

  /** What that layer applies to its output. */
  Activation activation() {
    return activation;
  }
}
