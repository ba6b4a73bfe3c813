/**
 * Text from a decoder, token by token.
 *
 * <p>{@link io.github.cola4j.model.generate.TextGenerator} continues several sequences at a time,
 * each with the adapters of its own task; keys and values of earlier tokens are kept. {@link
 * io.github.cola4j.model.generate.SpeculativeGenerator} does the same with a draft model that
 * proposes tokens; both are a {@link io.github.cola4j.model.generate.Generator}. {@code
 * SpeculatedText} is one of its texts, {@code TokenDistribution} the distribution p or q of a next
 * token. {@link io.github.cola4j.model.generate.Sampling} defines how the next token is chosen and
 * when a text ends. {@link io.github.cola4j.model.generate.EndOfAnswer} finds out whether a model
 * can learn the token that ends its answers.
 */
package io.github.cola4j.model.generate;
