#include "retrieve/synonyms.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace carrel::retrieve {
namespace {

// One group a line, its phrases parted by commas. A phrase has at most three words that are no stop
// words. Only what holds in most offices belongs here: words of one trade that mean something else
// in another ("policy", "claim") do more harm than good.
constexpr std::string_view kGroups[] = {
    // staff
    "vacation, annual leave, paid leave, paid time off, time off, holiday, holidays, pto",
    "employee, staff, personnel, worker",
    "boss, manager, supervisor, line manager",
    "salary, pay, wage, wages, compensation, remuneration",
    "paycheck, payslip, pay stub, pay slip",
    "raise, pay rise, salary increase, merit increase",
    "bonus, incentive pay",
    "fired, dismissed, dismissal, terminated, termination, discharged",
    "quit, resign, resignation, notice of termination",
    "laid off, layoff, redundancy, reduction in force",
    "hire, recruit, recruitment, hiring",
    "applicant, candidate, job seeker",
    "probation, trial period, probationary period",
    "onboarding, orientation, induction",
    "offboarding, exit interview, separation",
    "maternity leave, parental leave, paternity leave, family leave",
    "sick leave, sick days, medical leave, illness",
    "unpaid leave, leave without pay, lwop",
    "sabbatical, extended leave, career break",
    "compassionate leave, bereavement leave, funeral",
    "jury duty, court leave",
    "overtime, extra hours, compensatory time, comp time",
    "remote work, telework, telecommute, working from home, home office, wfh",
    "flexible hours, flextime, flexitime, flexible schedule",
    "part time, reduced hours",
    "performance review, appraisal, evaluation",
    "training, course, professional development",
    "tuition, education assistance, study support",
    "retirement, pension, superannuation",
    "harassment, bullying, hostile environment",
    "complaint, grievance",
    "misconduct, wrongdoing, violation, unethical behavior",
    "whistleblower, whistleblowing, hotline, report misconduct",
    "discipline, disciplinary action, warning",
    "side job, second job, outside employment, moonlighting",
    "dress code, attire, clothing",
    // money
    "fiscal year, financial year, accounting year, budget year",
    "reimburse, reimbursement, refund, pay back, paid back",
    "expense, expenditure, spending",
    "invoice, bill",
    "purchase, buy, procure, procurement",
    "vendor, supplier, contractor",
    "bid, quote, quotation, offer, tender",
    "purchase order, po",
    "credit card, corporate card, company card, purchase card",
    "travel, trip, business travel",
    "hotel, lodging, accommodation",
    "flight, airfare, air travel",
    "meals, per diem, daily allowance",
    "mileage, private car, personal vehicle",
    "revenue, turnover, sales",
    "profit, earnings, net income",
    "shareholder, stockholder, investor",
    "stock, shares, equity",
    "debt, liabilities, borrowings",
    "forecast, outlook, guidance",
    "audit, inspection",
    "approve, authorize, sign off, approval",
    // computers
    "password, passphrase, credentials",
    "two factor, multi factor, mfa, 2fa",
    "sign in, log in, login, logon",
    "laptop, notebook, computer, workstation",
    "phone, mobile, smartphone, cell phone, mobile device",
    "phishing, suspicious email, scam",
    "breach, leak, incident, data loss",
    "hacked, compromised, intrusion",
    "vulnerability, weakness, security flaw",
    "patch, update",
    "malware, ransomware",
    "disaster recovery, business continuity, outage",
    "encryption, encrypted, encrypt",
    "turn off, disable, switch off, deactivate",
    "turn on, enable, switch on, activate",
    "delete, erase, remove, destroy, disposal",
    "helpdesk, service desk, it support",
    "permission, access right, authorization, privilege",
    "wifi, wireless network",
    "repo, repository, source code",
    // law and office
    "contract, agreement",
    "lawyer, attorney, counsel, solicitor",
    "law, statute, legislation, regulation",
    "confidential, secret, non disclosure, nda",
    "personal data, personal information, pii",
    "privacy officer, data protection officer",
    "penalty, fine, sanction",
    "lawsuit, litigation, legal action",
    "forbidden, prohibited, banned",
    "deadline, due date, due",
    "office, workplace, premises",
    "building access, badge, key card",
    "visitor, guest",
    "smoking, tobacco, vaping",
    "alcohol, drinking, liquor",
    "company car, fleet vehicle",
    "parking, car park",
    // health
    "doctor, physician, provider, practitioner",
    "drug, medication, medicine, prescription",
    "glasses, eyeglasses, eyewear, vision",
    "dentist, dental",
    "therapist, counseling, mental health, psychologist",
    "health insurance, medical coverage, health plan",
    "deductible, excess, out of pocket",
    "copay, copayment, cost share",
    "pregnancy, maternity, prenatal, childbirth",
    "surgery, operation",
    "emergency room, emergency care, urgent care",
    "injury, accident, workplace injury",
    "gym, fitness, workout",
    "disability, disabled, impairment",
    "vaccination, vaccine, immunization, shot",
};

struct Table {
  std::vector<std::vector<std::vector<std::string>>> groups;  // [group][phrase][word], stemmed
  std::map<std::string, std::vector<std::pair<std::size_t, std::size_t>>, std::less<>> by_first;
};

std::vector<std::string> terms_of(const Analyzer& analyzer, std::string_view phrase) {
  std::vector<std::string> out;
  for (const Word& word : analyzer.words(phrase))
    if (!word.is_stop_word) out.push_back(word.term);
  return out;
}

const Table& table(const Analyzer& analyzer) {
  static const Table known = [&] {
    Table out;
    for (std::string_view line : kGroups) {
      auto& group = out.groups.emplace_back();
      while (!line.empty()) {
        const std::size_t comma = std::min(line.find(','), line.size());
        std::vector<std::string> phrase = terms_of(analyzer, line.substr(0, comma));
        line.remove_prefix(std::min(comma + 1, line.size()));
        if (phrase.empty() || std::find(group.begin(), group.end(), phrase) != group.end())
          continue;
        out.by_first[phrase.front()].emplace_back(out.groups.size() - 1, group.size());
        group.push_back(std::move(phrase));
      }
    }
    return out;
  }();
  return known;
}

// Those of `from` that `without` does not hold.
std::vector<std::string> beside(const std::vector<std::string>& from,
                                const std::vector<std::string>& without) {
  std::vector<std::string> out;
  for (const std::string& term : from)
    if (std::find(without.begin(), without.end(), term) == without.end()) out.push_back(term);
  return out;
}

}  // namespace

std::vector<Synonym> synonyms_in(const Analyzer& analyzer, std::span<const Word> words) {
  const Table& known = table(analyzer);
  std::vector<std::string> asked;
  for (const Word& word : words)
    if (!word.is_stop_word) asked.push_back(word.term);
  std::vector<Synonym> out;
  for (std::size_t at = 0; at < asked.size(); ++at) {
    const auto found = known.by_first.find(asked[at]);
    if (found == known.by_first.end()) continue;
    for (const auto& [group, number] : found->second) {
      const std::vector<std::string>& phrase = known.groups[group][number];
      if (phrase.size() > asked.size() - at ||
          !std::equal(phrase.begin(), phrase.end(),
                      asked.begin() + static_cast<std::ptrdiff_t>(at)))
        continue;
      for (const std::vector<std::string>& other : known.groups[group]) {
        Synonym one{beside(phrase, other), beside(other, asked)};
        if (!one.asked.empty() && !one.other.empty() && out.size() < kSynonymsMax)
          out.push_back(std::move(one));
      }
    }
  }
  return out;
}

}  // namespace carrel::retrieve
