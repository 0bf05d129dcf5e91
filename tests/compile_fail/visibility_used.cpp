// What every reader does with a Visibility.
// expect: must compile
#include "access/access_control.h"

bool shows(const carrel::access::AccessControl& access, carrel::PrincipalId user,
           carrel::AclClassId acl_class) {
  const carrel::access::Visibility visible = access.visibility(user);
  return access.is_current(visible) && visible.permits(acl_class);
}
