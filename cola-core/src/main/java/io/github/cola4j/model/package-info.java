/**
 * Frozen pre-trained transformers and the trainable heads on top of them.
 *
 * <p>{@link io.github.cola4j.model.BaseModel} is a frozen {@link
 * io.github.cola4j.model.Transformer} with its tokenizer and fingerprint; {@link
 * io.github.cola4j.model.HuggingFaceModel} loads one from a folder. A transformer is an {@link
 * io.github.cola4j.model.Encoder}, which gives an embedding [d × 1] for each sequence, or a {@link
 * io.github.cola4j.model.Decoder}, which predicts each next token. A {@link
 * io.github.cola4j.model.TaskModel} is one task's parameters θ [P × 1] on it: {@link
 * io.github.cola4j.model.TextClassifier} with a {@link io.github.cola4j.model.ClassificationHead},
 * or {@link io.github.cola4j.model.LanguageModel} with the frozen {@link
 * io.github.cola4j.model.LanguageModelHead}.
 *
 * <p>{@link io.github.cola4j.model.Architectures} finds an {@link
 * io.github.cola4j.model.Architecture} by the {@code model_type} of {@code config.json}; each
 * family has a package below. Adding one is one class and one line in {@code META-INF/services}.
 */
package io.github.cola4j.model;
