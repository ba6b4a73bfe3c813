/**
 * What a dialogue looks like to a model: the templates of models and those of the field, and which
 * tokens are supervised.
 */
package io.github.cola4j.data.template;
