package io.github.cola4j.model;

/** The architecture of a transformer. */
public record TransformerConfig(
    String modelType,
    int vocabSize,
    int hiddenSize,
    int layers,
    int heads,
    int intermediateSize,
    int maxPositions,
    int typeVocabSize,
    double layerNormEps) {}
