using Hearth.Machines.Tests.Conformance;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Qemu;

public sealed class QemuBootTests(GuestImages images) : BootConformance<QemuUnderTest>(images);

public sealed class QemuLifeTests(GuestImages images) : LifeConformance<QemuUnderTest>(images);

public sealed class QemuNetworkTests(GuestImages images) : NetworkConformance<QemuUnderTest>(images);

public sealed class QemuFaultTests(GuestImages images) : FaultConformance<QemuUnderTest>(images);
