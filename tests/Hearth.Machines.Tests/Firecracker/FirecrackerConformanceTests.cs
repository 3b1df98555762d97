using Hearth.Machines.Tests.Conformance;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Firecracker;

public sealed class FirecrackerBootTests(GuestImages images) : BootConformance<FirecrackerUnderTest>(images);

public sealed class FirecrackerLifeTests(GuestImages images) : LifeConformance<FirecrackerUnderTest>(images);

public sealed class FirecrackerFaultTests(GuestImages images) : FaultConformance<FirecrackerUnderTest>(images);
