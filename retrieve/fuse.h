// retrieve/fuse.h
//
// Joins the two rankers' candidates into one ranking by a convex combination of normalised scores,
// which beats reciprocal ranks in and out of domain and needs no training (Bruch, Gai and Ingber
// 2023, arXiv:2210.11934). The keyword arm's share grows with how much of the question its best hit
// covers: a question whose words all stand in one passage is a lookup, one whose words are
// scattered is about a topic, and there the trained encoder knows more.
//
// Pure functions of visible candidates; any thread. Equal inputs give equal bits.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "index/keyword_query.h"

namespace carrel::retrieve {

// Chosen on a grid of both as the pair whose worst shortfall against the better arm is least, over
// Cranfield, CISI, SQuAD and SciFact. Score gaps, the arms' agreement, the entropy of the best
// scores and the question's length were tried beside coverage, in logistic models learned on three
// of the four: none did better on the fourth than a constant does.
struct FusionWeights {
  double keyword_floor = 0.25;    // the keyword arm's weight at coverage 0, in [0, 1]
  double keyword_coverage = 0.5;  // added in proportion to coverage; the sum is in [0, 1]
};

// The keyword arm's weight in [0, 1] for a question covered in this share.
double keyword_weight(double coverage, const FusionWeights& weights);

// Scores moved to [0, 1]: the best gives 1, the last 0; a lone one, and equal ones, give 1.
// `ranked` is best first.
std::vector<index::Candidate> normalized(std::span<const index::Candidate> ranked);

// alpha * keyword + (1 - alpha) * vector over normalised scores; who is missing from an arm scores
// 0 there. With one arm empty the other one's order is kept. Best first, ties by ascending chunk.
std::vector<index::Candidate> fuse(std::span<const index::Candidate> keyword,
                                   std::span<const index::Candidate> vector, double alpha);

// Lets other documents in where one would fill the list: a document's passages after its third lose
// a tenth of their score each time. What is much better stays first, and no document's best passage
// moves behind another that it led. `documents[i]` holds `ranked[i]`.
std::vector<index::Candidate> spread_over_documents(std::vector<index::Candidate> ranked,
                                                    std::span<const DocumentId> documents);

// Share in [0, 1] of the terms' idf mass that `present` holds; terms in no visible chunk are
// left out, since no passage could hold them. No mass: 0.
double covered_share(std::span<const index::VisibleTerm> terms,
                     const std::unordered_set<std::string_view>& present);

}  // namespace carrel::retrieve
