// server/handlers.h
//
// What each route does; routes.cpp says when. Each fills the context's response or throws.
// Threads: as many as there are workers, each with its own context.
#pragma once

#include "server/context.h"

namespace carrel::server::handlers {

void health(Context& c);
void ready(Context& c);
void metrics(Context& c);
void page(Context& c);   // index.html, for every address of the UI
void asset(Context& c);  // app.js, app.css, favicon.svg
void openapi(Context& c);

void sign_in(Context& c);
void sign_out(Context& c);
void me(Context& c);

void list_sessions(Context& c);
void end_session(Context& c);
void list_keys(Context& c);
void create_key(Context& c);
void revoke_key(Context& c);
void change_password(Context& c);
void own_activity(Context& c);

void list_conversations(Context& c);
void conversation(Context& c);
void rename_conversation(Context& c);
void delete_conversation(Context& c);
void delete_conversations(Context& c);
void suggestions(Context& c);
void give_feedback(Context& c);
void list_feedback(Context& c);
void export_feedback(Context& c);

void list_people(Context& c);
void create_person(Context& c);
void change_person(Context& c);
void list_groups(Context& c);
void create_group(Context& c);
void set_membership(Context& c);

void list_audit(Context& c);
void audit_head(Context& c);
void verify_audit(Context& c);
void settings(Context& c);

void collections(Context& c);
void search(Context& c);
void ask(Context& c);

void list_documents(Context& c);
void upload(Context& c);
void document(Context& c);
void delete_document(Context& c);
void set_access(Context& c);
void versions(Context& c);
void chunks(Context& c);
void text(Context& c);
void page_image(Context& c);
void original(Context& c);

void list_jobs(Context& c);
void job(Context& c);
void cancel_job(Context& c);

}  // namespace carrel::server::handlers
