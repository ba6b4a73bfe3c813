/**
 * How a dialogue is written as text for a model, and which of its tokens are supervised.
 *
 * <p>A {@link io.github.cola4j.data.template.PromptTemplate} writes a dialogue as {@link
 * io.github.cola4j.data.template.Segment}s; {@link io.github.cola4j.data.template.PromptTemplates}
 * has the named ones, and {@link io.github.cola4j.data.template.ModelTemplate} is a model's own
 * chat template, rendered by {@link io.github.cola4j.data.jinja}. {@link
 * io.github.cola4j.data.template.DialogueEncoder} tokenises the segments one by one and labels the
 * tokens of answers. {@link io.github.cola4j.data.template.ControlTexts} finds special tokens that
 * input text contains, which must not act as such. {@link
 * io.github.cola4j.data.template.PromptConfig} is what a user configures.
 */
package io.github.cola4j.data.template;
